"""Priors on weights: terms of the loss that are not of an event."""

import math
from collections.abc import Callable, Iterable
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ...core import LikelyError
from ..options import not_negative, number
from .learning_loss import AbstractPenalty


def _weights(model: Any, where: Callable[[Any], Any] | None) -> list[Any]:
    """Return the weights that are meant; by default all but the biases."""
    try:
        part = model if where is None else where(model)
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise LikelyError(f"a penalty: the model has no such part; {error}.") from None
    arrays = [a for a in jax.tree.leaves(part) if eqx.is_inexact_array(a)]
    found = [a for a in arrays if a.ndim > 1] if where is None else arrays
    if not found:
        raise LikelyError(
            "a penalty: the part of the model that it is for has no weights; name "
            "another by `where`, a function from the model to the part meant."
        )
    return found


def _sum(terms: Iterable[Array]) -> Float[Array, ""]:
    return sum(terms, start=jnp.zeros(()))


@final
class L2(AbstractPenalty):
    r"""$P = \lambda \sum_j w_j^2$, a Gaussian prior of width $1/\sqrt{2\lambda}$.

    Args:
        strength: $\lambda$, beside the sum over events.
        where: Function from the model to the part meant; by default all matrices, so
            that biases are free.
    """

    strength: float = eqx.field(converter=not_negative("strength"))
    where: Callable[[Any], Any] | None = eqx.field(default=None, static=True)

    def __call__(self, model: Any) -> Float[Array, ""]:
        return self.strength * _sum(jnp.sum(w**2) for w in _weights(model, self.where))


@final
class L1(AbstractPenalty):
    r"""$P = \lambda \sum_j |w_j|$, a Laplace prior, which makes weights vanish.

    Args:
        strength: $\lambda$, beside the sum over events.
        where: Function from the model to the part meant; by default all matrices.
    """

    strength: float = eqx.field(converter=not_negative("strength"))
    where: Callable[[Any], Any] | None = eqx.field(default=None, static=True)

    def __call__(self, model: Any) -> Float[Array, ""]:
        weights = _weights(model, self.where)
        return self.strength * _sum(jnp.sum(jnp.abs(w)) for w in weights)


@final
class Tie(AbstractPenalty):
    r"""$P = \lambda \lVert w_A - w_B \rVert^2$: two parts that are to be alike.

    Args:
        first: Function from the model to part A.
        second: Function from the model to part B, with the shapes of A.
        strength: $\lambda$, beside the sum over events.
    """

    first: Callable[[Any], Any] = eqx.field(static=True)
    second: Callable[[Any], Any] = eqx.field(static=True)
    strength: float = eqx.field(converter=not_negative("strength"))

    def __call__(self, model: Any) -> Float[Array, ""]:
        a, b = _weights(model, self.first), _weights(model, self.second)
        shapes = [x.shape for x in a], [x.shape for x in b]
        if shapes[0] != shapes[1]:
            raise LikelyError(
                f"`Tie` needs two parts with weights of the same shapes; got "
                f"{shapes[0]} and {shapes[1]}."
            )
        squares = (jnp.sum((x - y) ** 2) for x, y in zip(a, b, strict=True))
        return self.strength * _sum(squares)


@final
class Penalty(AbstractPenalty):
    """Any function of the model, times a strength.

    Args:
        function: From the model to a number.
        strength: Factor, beside the sum over events.
    """

    function: Callable[[Any], Any] = eqx.field(static=True)
    strength: float = eqx.field(
        default=1.0, converter=number("strength", "a finite number", math.isfinite)
    )

    def __call__(self, model: Any) -> Float[Array, ""]:
        return self.strength * self.function(model)
