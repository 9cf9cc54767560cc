"""Learning rates over the course of a training."""

import abc
import math
from collections.abc import Iterable
from typing import Any, final

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ...core import LikelyError
from ..options import fraction, not_negative, positive


class AbstractSchedule(eqx.Module):
    """A learning rate as a function of the part of the training that is done.

    Args:
        rate: The largest learning rate.
    """

    rate: eqx.AbstractVar[Any]

    @abc.abstractmethod
    def factor(self, t: Float[Array, ""]) -> Float[Array, ""]:
        """Return the learning rate over `rate` at $t$ from 0 to 1."""


@final
class Constant(AbstractSchedule):
    """The same learning rate from first to last.

    Args:
        rate: The learning rate; with an ensemble also one for each member.
    """

    rate: Any

    def factor(self, t: Float[Array, ""]) -> Float[Array, ""]:
        return jnp.ones_like(t)


@final
class Cosine(AbstractSchedule):
    r"""$\frac12 (1 + f) + \frac12 (1 - f) \cos \pi u$ after a linear rise.

    $u = (t - w) / (1 - w)$ with the part $w$ of the training in which the rate rises
    from zero, and $f$ the last rate over the largest.

    Args:
        rate: The largest learning rate.
        warmup: $w$, from 0 to below 1.
        final: $f$.

    References:
        I. Loshchilov and F. Hutter (2017), arXiv:1608.03983, equation 5.
    """

    rate: Any
    warmup: float = eqx.field(default=0.0, converter=fraction("warmup"), kw_only=True)
    final: float = eqx.field(
        default=0.0, converter=not_negative("final"), kw_only=True, static=True
    )

    def factor(self, t: Float[Array, ""]) -> Float[Array, ""]:
        u = (t - self.warmup) / (1 - self.warmup)
        wave = 0.5 * (1 + self.final) + 0.5 * (1 - self.final) * jnp.cos(math.pi * u)
        return _risen(t, self.warmup, wave)


@final
class Linear(AbstractSchedule):
    r"""$1 - (1 - f) u$ after a linear rise, with $u$ and $f$ as in `Cosine`.

    Args:
        rate: The largest learning rate.
        warmup: The part of the training in which the rate rises from zero.
        final: The last rate over the largest.
    """

    rate: Any
    warmup: float = eqx.field(default=0.0, converter=fraction("warmup"), kw_only=True)
    final: float = eqx.field(
        default=0.0, converter=not_negative("final"), kw_only=True, static=True
    )

    def factor(self, t: Float[Array, ""]) -> Float[Array, ""]:
        u = (t - self.warmup) / (1 - self.warmup)
        return _risen(t, self.warmup, 1 - (1 - self.final) * u)


@final
class Exponential(AbstractSchedule):
    r"""$f^t$: the rate falls by the same factor in each epoch.

    Args:
        rate: The first learning rate.
        final: $f$, the last rate over the first, positive.
    """

    rate: Any
    final: float = eqx.field(
        default=0.01, converter=positive("final"), kw_only=True, static=True
    )

    def factor(self, t: Float[Array, ""]) -> Float[Array, ""]:
        return jnp.exp(t * math.log(self.final))


@final
class Steps(AbstractSchedule):
    r"""$g^k$, where $k$ of the `at` are passed: the rate falls in steps.

    Args:
        rate: The first learning rate.
        at: The parts of the training after which it falls.
        factor_each: $g$.
    """

    rate: Any
    at: tuple[float, ...] = eqx.field(
        default=(0.5, 0.75),
        converter=lambda value: tuple(map(fraction("at"), _several(value))),
        kw_only=True,
        static=True,
    )
    factor_each: float = eqx.field(
        default=0.1, converter=positive("factor_each"), kw_only=True, static=True
    )

    def factor(self, t: Float[Array, ""]) -> Float[Array, ""]:
        passed = jnp.sum(t >= jnp.asarray(self.at, t.dtype))
        return jnp.asarray(self.factor_each, t.dtype) ** passed


def schedule_of(rate: Any) -> AbstractSchedule:
    """Return a schedule; a number, or one for each member, is a constant rate.

    Raises:
        LikelyError: If a rate is not positive.
    """
    found = rate if isinstance(rate, AbstractSchedule) else Constant(rate)
    try:
        rates = jnp.asarray(found.rate, float)
        good = rates.ndim <= 1 and bool(jnp.all((rates > 0) & jnp.isfinite(rates)))
    except (TypeError, ValueError):
        good = False
    if not good:
        raise LikelyError(
            f"`learning_rate` must be positive, such as 1e-3; got {found.rate!r}."
        )
    return found


def _risen(t: Any, warmup: Any, after: Any) -> Any:
    if isinstance(warmup, float) and warmup == 0:
        return after
    return jnp.where(t < warmup, t / warmup, after)


def _several(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, Iterable) else (value,)
