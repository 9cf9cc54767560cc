"""The beta density on the range."""

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
# An event on the very edge, where the density is zero or infinite, keeps a logarithm.
_EDGE = 1e-300


@final
class Beta(AbstractShape):
    r"""Beta density, $s(x) = u^{\alpha-1} (1 - u)^{\beta-1}$.

    $u = (x - a)/(b - a)$ maps the range $[a, b]$ to $[0, 1]$.

    Args:
        observable: What is measured.
        alpha: Dimensionless, positive; the density is infinite at $a$ if below 1.
        beta: Dimensionless, positive; the density is infinite at $b$ if below 1.

    Raises:
        LikelyError: If an argument is of another type or not positive.
    """

    observable: Observable = eqx.field(static=True)
    alpha: Scalar
    beta: Scalar

    def __check_init__(self) -> None:
        check_arguments(self, positive=("alpha", "beta"))

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        log_u, log_rest = self._logs(m)
        alpha, beta = number(self.alpha), number(self.beta)
        return (alpha - 1.0) * log_u + (beta - 1.0) * log_rest

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        r"""Return that of $u^\alpha (1-u)^\beta$ over $v = \log\frac{u}{1-u}$."""
        length = self.observable.upper - self.observable.lower
        interval = self._interval(lower, upper)
        return jnp.log(length) + log_unimodal_integral(self._log_value, *interval)

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        interval, uniform = self._interval(lower, upper), jax.random.uniform(key)
        v = draw_unimodal(self._log_value, *interval, uniform)
        x = lower + (upper - lower) * jax.nn.sigmoid(v)
        return jnp.clip(x, lower, upper)[None]

    def _log_value(self, v: Float[Array, ""]) -> Float[Array, ""]:
        log_u, log_rest = -jax.nn.softplus(-v), -jax.nn.softplus(v)
        return number(self.alpha) * log_u + number(self.beta) * log_rest

    def _interval(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> tuple[Array, Array, Array]:
        """Return the limits in v, less what is negligible, and where the peak is."""
        alpha, beta = number(self.alpha), number(self.beta)
        peak = jnp.log(alpha / beta)
        # It falls like exp(alpha v) to the left and like exp(-beta v) to the right.
        start = jnp.minimum(peak, 0.0) - _NEGLIGIBLE / jnp.minimum(alpha, 1.0)
        end = jnp.maximum(peak, 0.0) + _NEGLIGIBLE / jnp.minimum(beta, 1.0)

        def limit(x: Float[Array, ""] | float) -> Float[Array, ""]:
            log_u, log_rest = self._logs(jnp.asarray(x, float))
            v = jnp.where(x <= self.observable.lower, start, log_u - log_rest)
            return jnp.where(x >= self.observable.upper, end, v)

        return limit(lower), limit(upper), peak

    def _logs(self, x: Float[Array, ""]) -> tuple[Array, Array]:
        r"""Return $\log u$ and $\log(1 - u)$."""
        low, high = self.observable.lower, self.observable.upper
        u, rest = (x - low) / (high - low), (high - x) / (high - low)
        return jnp.log(jnp.maximum(u, _EDGE)), jnp.log(jnp.maximum(rest, _EDGE))
