"""Any slow density of one observable, interpolated from a table in a fit."""

from typing import Any, final

import jax.numpy as jnp
from jaxtyping import Array, Float

from ..core import LikelyError, Observable
from .shape import AbstractShape
from .tabulated_shape import AbstractTabulatedShape


@final
class Tabulated(AbstractTabulatedShape):
    """A shape whose values a likelihood interpolates, for one that is slow.

    The density is that of the shape, to 1e-9 and better. It pays where an event costs
    more than some ten exponentials, and with many events: a table has some 300 nodes.
    On the range the logarithm of the shape must be smooth, but for a few places that do
    not move with a parameter that is fitted.

    Args:
        shape: A density of one observable.

    Raises:
        LikelyError: If it is none.
    """

    shape: AbstractShape

    # Anything else gets a sentence.
    def __init__(self, shape: AbstractShape | Any):
        self.shape = shape
        if not isinstance(shape, AbstractShape):
            raise LikelyError(
                "`Tabulated(shape=...)` takes a density of one observable; got "
                f"{type(shape).__name__}. Tabulate the components of a sum."
            )

    @property
    def observable(self) -> Observable:
        """Return the observable of the shape."""
        return self.shape.observable

    def plan(self) -> None:
        return None

    def seeds(self, plan: None) -> Float[Array, " places"]:
        return jnp.zeros(0)

    def log_value(self, x: Float[Array, ""], plan: Any) -> Float[Array, ""]:
        return self.shape.log_shape(x[None])
