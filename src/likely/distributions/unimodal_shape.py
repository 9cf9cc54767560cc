"""The contract of a shape with one peak, of which only the value is known."""

import abc
from typing import final

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from .shape import AbstractShape
from .unimodal import (
    draw_unimodal,
    log_unimodal_integral,
    log_unimodal_integral_with_error,
)


class AbstractUnimodalShape(AbstractShape):
    """A shape with one peak, anywhere, and tails of any kind.

    To implement one, write `log_shape` and `near_peak`; the integral over any interval,
    its error and the sampling follow. Within the range, `log_shape` must be smooth but
    for a jump of its second derivative at the peak.
    """

    @abc.abstractmethod
    def near_peak(self) -> Float[Array, ""]:
        """Return where the peak is, to within a few of its widths."""

    @final
    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        return log_unimodal_integral(self._log_value, lower, upper, self.near_peak())

    @final
    def log_integral_with_error(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> tuple[Float[Array, ""], Float[Array, ""]]:
        """Return `log_integral` and an estimate of the integral's relative error."""
        hint = self.near_peak()
        return log_unimodal_integral_with_error(self._log_value, lower, upper, hint)

    @final
    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        uniform, hint = jax.random.uniform(key), self.near_peak()
        x = draw_unimodal(self._log_value, lower, upper, hint, uniform)
        return jnp.clip(x, lower, upper)[None]

    @final
    def _log_value(self, x: Float[Array, ""]) -> Float[Array, ""]:
        return self.log_shape(x[None])
