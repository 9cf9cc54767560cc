"""The gamma density."""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import Observable, Scalar
from ..arguments import check_arguments, number
from ..shape import AbstractShape
from ..unimodal import draw_unimodal, log_unimodal_integral

# exp(-65) is below the last digit of what it is added to, times any length here.
_NEGLIGIBLE = 65.0


@final
class Gamma(AbstractShape):
    r"""Gamma density, $s(x) = d^{k-1} e^{-\lambda d}$ with $d = x - x_0 > 0$.

    Args:
        observable: What is measured; its unit is that of `shift`.
        shape: $k$, dimensionless, positive; below 1 the density is infinite at $x_0$.
        rate: $\lambda$, in the inverse unit of the observable, positive.
        shift: $x_0$, where it starts; the density is zero below.

    Raises:
        LikelyError: If an argument is of another type, or `shape` or `rate` is not
            positive.
    """

    observable: Observable = eqx.field(static=True)
    shape: Scalar
    rate: Scalar
    shift: Scalar

    def __check_init__(self) -> None:
        check_arguments(self, positive=("shape", "rate"))

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        d = m - number(self.shift)
        positive = d > 0
        safe = jnp.where(positive, d, 1.0)
        log_shape = (number(self.shape) - 1.0) * jnp.log(safe)
        return jnp.where(positive, log_shape - number(self.rate) * safe, -jnp.inf)

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        r"""Return the integral over $v = \log d$, $\int e^{kv - \lambda e^v}\,dv$."""
        return log_unimodal_integral(self._log_value, *self._interval(lower, upper))

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        interval, uniform = self._interval(lower, upper), jax.random.uniform(key)
        v = draw_unimodal(self._log_value, *interval, uniform)
        return jnp.clip(number(self.shift) + jnp.exp(v), lower, upper)[None]

    def _log_value(self, v: Float[Array, ""]) -> Float[Array, ""]:
        return number(self.shape) * v - number(self.rate) * jnp.exp(v)

    def _interval(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> tuple[Array, Array, Array]:
        """Return the limits in v, equal ones below $x_0$, and where the peak is."""
        a, b = lower - number(self.shift), upper - number(self.shift)
        k, rate = number(self.shape), number(self.rate)
        peak = jnp.log(k / rate)
        some = b > 0
        v_b = jnp.log(jnp.where(some, b, 1.0))
        # To the left it falls like exp(k v), on either side of the peak.
        far = jnp.minimum(v_b, peak) - _NEGLIGIBLE / jnp.minimum(k, 1.0)
        v_a = jnp.where(a > 0, jnp.log(jnp.where(a > 0, a, 1.0)), far)
        return jnp.where(some, v_a, v_b), v_b, peak
