"""The contract of a learning loss: minus the log-likelihood of one event's target."""

import abc
from collections.abc import Callable
from typing import Any, final

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float, Shaped

from ...core import AbstractLoss, LikelyError


class AbstractPenalty(eqx.Module):
    """A term of the loss that is not of an event: minus the log of a prior."""

    @abc.abstractmethod
    def __call__(self, model: Any) -> Float[Array, ""]:
        """Return the term."""


def penalties_of(given: Any) -> tuple[AbstractPenalty, ...]:
    """Return the penalties of a loss, given one or several.

    Raises:
        LikelyError: If something else is among them.
    """
    found = tuple(given) if isinstance(given, tuple | list) else (given,)
    for penalty in found:
        if not isinstance(penalty, AbstractPenalty):
            raise LikelyError(
                "`penalties` takes penalties such as `L2(1e-3)`, and functions of the "
                f"model as `Penalty(function)`; got {type(penalty).__name__}."
            )
    return found


def function_of_outputs(given: Any) -> Callable[[Any, Any], Any] | None:
    """Return the further term of an event, a function or None.

    Raises:
        LikelyError: If it is something else.
    """
    if given is not None and not callable(given):
        raise LikelyError(
            "`of_outputs` must be a function of an event's output and inputs; got "
            f"{type(given).__name__}."
        )
    return given


class AbstractLearningLoss(AbstractLoss):
    r"""$L = \sum_i w_i\, \ell(f(x_i), t_i) + \sum_k P_k(f)$ for a model $f$.

    $\ell$ is minus the log-likelihood of the target $t$ of one event, given what the
    model makes of its inputs $x$. The model is any function of one event's inputs that
    is a pytree, such as a network.

    Args:
        penalties: The terms $P_k$, functions of the model; one, or several.
        of_outputs: A further term of each event, a function of the model's output and
            of the event's inputs, such as a violated conservation law; or None.
    """

    penalties: tuple[AbstractPenalty, ...] = eqx.field(
        default=(), converter=penalties_of, kw_only=True
    )
    of_outputs: Callable[[Any, Any], Any] | None = eqx.field(
        default=None, converter=function_of_outputs, kw_only=True, static=True
    )

    @property
    @abc.abstractmethod
    def is_likelihood(self) -> bool:
        r"""Return whether $e^{-\ell}$ is a density of the target, normalised.

        If not, the inverse Hessian is no covariance, and errors are of the sandwich.
        """

    @abc.abstractmethod
    def of_event(self, output: Any, target: Any) -> Float[Array, ""]:
        """Return minus the log-likelihood of one target."""

    @abc.abstractmethod
    def prediction(self, output: Any) -> Any:
        """Return what an output says of the target: probabilities, a mean, quantiles.

        It is the inverse link function of the likelihood.
        """

    @abc.abstractmethod
    def constant(self, targets: Any, weights: Any) -> Any:
        """Return the best output that knows nothing of the inputs."""

    @abc.abstractmethod
    def check(self, shape: tuple[int, ...], targets: Shaped[np.ndarray, "..."]) -> None:
        """Check that outputs of this shape can describe these targets.

        Raises:
            LikelyError: If they cannot.
        """

    @final
    def objective(self, model: Any, data: Any, derived: Any = ()) -> Any:
        """Return the loss as a function of the model's weights.

        Args:
            model: A function of one event's inputs; a pytree with arrays of weights.
            data: `Samples`, a pair of arrays (inputs, targets), or a dictionary of
                them with the keys "train" and "validation".
            derived: Formulas of parameters; networks have none.

        Raises:
            LikelyError: If model, data and loss do not fit together.
        """
        # The objective evaluates losses, so it cannot be known here before it is used.
        from ..learning.objective import learning_objective

        return learning_objective(self, model, data, derived)
