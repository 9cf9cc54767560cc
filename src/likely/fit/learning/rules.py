"""Rules by which a gradient moves the weights: SGD, RMSprop, Adam, any of optax."""

import abc
from typing import Any, final

import equinox as eqx
import optax

from ...core import LikelyError
from ..options import fraction, not_negative, positive
from .schedules import AbstractSchedule, schedule_of


class AbstractRule(eqx.Module):
    r"""$w \leftarrow w - \eta(t)\, u$ with the direction $u$ made of past gradients.

    Args:
        learning_rate: $\eta$.
    """

    learning_rate: eqx.AbstractVar[AbstractSchedule]

    @abc.abstractmethod
    def direction(self) -> optax.GradientTransformation:
        """Return what makes $u$ of the gradients $g$."""


def rule_of(given: Any) -> AbstractRule:
    """Return a rule as it is.

    Raises:
        LikelyError: If it is something else.
    """
    if not isinstance(given, AbstractRule):
        raise LikelyError(
            "`rule` must be a rule such as `Adam(1e-3)`; got "
            f"{given.__name__ if isinstance(given, type) else type(given).__name__}."
        )
    return given


@final
class SGD(AbstractRule):
    r"""$b \leftarrow \mu b + g + \lambda w$ and $u = b$; with Nesterov $u = g + \mu b$.

    Without momentum this is gradient descent.

    Args:
        learning_rate: A number, or a schedule.
        momentum: $\mu$.
        nesterov: Whether the gradient is that of a step ahead.
        weight_decay: $\lambda$.

    References:
        I. Sutskever et al. (2013), PMLR 28(3), 1139.
    """

    learning_rate: AbstractSchedule = eqx.field(converter=schedule_of)
    momentum: float = eqx.field(
        default=0.0, converter=fraction("momentum"), kw_only=True
    )
    nesterov: bool = eqx.field(default=False, kw_only=True, static=True)
    weight_decay: float = eqx.field(
        default=0.0, converter=not_negative("weight_decay"), kw_only=True
    )

    def direction(self) -> optax.GradientTransformation:
        decay = optax.add_decayed_weights(self.weight_decay)
        parts = [] if _is_off(self.weight_decay) else [decay]
        if not _is_off(self.momentum):
            parts.append(optax.trace(self.momentum, self.nesterov))
        return optax.chain(*parts) if parts else optax.identity()


@final
class RMSprop(AbstractRule):
    r"""$v \leftarrow \rho v + (1 - \rho) g^2$ and $u = g / (\sqrt v + \epsilon)$.

    Args:
        learning_rate: A number, or a schedule.
        decay: $\rho$.
        epsilon: $\epsilon$.

    References:
        T. Tieleman and G. Hinton (2012), Neural networks for machine learning,
        lecture 6.5.
    """

    learning_rate: AbstractSchedule = eqx.field(converter=schedule_of)
    decay: float = eqx.field(
        default=0.99, converter=fraction("decay"), kw_only=True, static=True
    )
    epsilon: float = eqx.field(
        default=1e-8, converter=positive("epsilon"), kw_only=True, static=True
    )

    def direction(self) -> optax.GradientTransformation:
        return optax.scale_by_rms(self.decay, self.epsilon, eps_in_sqrt=False)


@final
class Adam(AbstractRule):
    r"""$u = \hat m / (\sqrt{\hat v} + \epsilon) + \lambda w$, moments of the gradient.

    $m \leftarrow \beta_1 m + (1 - \beta_1) g$, $v \leftarrow \beta_2 v +
    (1 - \beta_2) g^2$, and after $k$ steps $\hat m = m / (1 - \beta_1^k)$, $\hat v =
    v / (1 - \beta_2^k)$. A weight decay $\lambda$ acts on the weights (AdamW).

    Args:
        learning_rate: A number, or a schedule.
        beta1: $\beta_1$.
        beta2: $\beta_2$.
        epsilon: $\epsilon$.
        weight_decay: $\lambda$.

    References:
        D. P. Kingma and J. Ba (2015), arXiv:1412.6980, algorithm 1. I. Loshchilov and
        F. Hutter (2019), arXiv:1711.05101, algorithm 2.
    """

    learning_rate: AbstractSchedule = eqx.field(
        default=1e-3,  # pyright: ignore[reportAssignmentType] (converted)
        converter=schedule_of,
    )
    beta1: float = eqx.field(
        default=0.9, converter=fraction("beta1"), kw_only=True, static=True
    )
    beta2: float = eqx.field(
        default=0.999, converter=fraction("beta2"), kw_only=True, static=True
    )
    epsilon: float = eqx.field(
        default=1e-8, converter=positive("epsilon"), kw_only=True, static=True
    )
    weight_decay: float = eqx.field(
        default=0.0, converter=not_negative("weight_decay"), kw_only=True
    )

    def direction(self) -> optax.GradientTransformation:
        adam = optax.scale_by_adam(self.beta1, self.beta2, self.epsilon)
        if _is_off(self.weight_decay):
            return adam
        return optax.chain(adam, optax.add_decayed_weights(self.weight_decay))


@final
class Clipped(AbstractRule):
    r"""A rule that is given $g \min(1, c / \lVert g \rVert)$ in place of $g$.

    Args:
        rule: The rule.
        norm: $c$, the largest norm of the gradient of the loss of one event.
    """

    rule: AbstractRule
    norm: float

    def __init__(self, rule: AbstractRule | Any, norm: float | Any = 1.0):
        self.rule = rule_of(rule)
        self.norm = positive("norm")(norm)

    @property
    def learning_rate(self) -> AbstractSchedule:
        """Return that of the rule."""
        return self.rule.learning_rate

    def direction(self) -> optax.GradientTransformation:
        clip = optax.clip_by_global_norm(self.norm)
        return optax.chain(clip, self.rule.direction())


@final
class Optax(AbstractRule):
    """Any gradient transformation of optax that does not scale by a learning rate.

    Args:
        learning_rate: A number, or a schedule.
        transformation: Such as `optax.scale_by_lion()`.
    """

    learning_rate: AbstractSchedule = eqx.field(converter=schedule_of)
    transformation: Any = eqx.field(static=True)

    def __check_init__(self):
        if not hasattr(self.transformation, "update"):
            raise LikelyError(
                "`transformation` must be one of optax, such as "
                f"`optax.scale_by_lion()`; got {type(self.transformation).__name__}."
            )

    def direction(self) -> optax.GradientTransformation:
        return self.transformation


def _is_off(value: Any) -> bool:
    """Return whether a term is left out; an argument of a program never says so."""
    return isinstance(value, float) and value == 0
