"""The Gaussian smeared by an exponential: a peak with one exponential tail."""

from typing import final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import Observable, Scalar
from ..arguments import check_arguments, number
from ..erfc import log_erfc_times
from ..shape import AbstractShape
from ..turn_on import draw_turn_on, log_turn_on_integral


@final
class ExponentiallyModifiedGauss(AbstractShape):
    r"""Gaussian convolved with an exponential tail.

    With $t = \pm(x-\mu)/\sigma$, the sign that of $\lambda$, and
    $r = |\lambda|\sigma$,

    $$s(x) = e^{r^2/2 - rt} \operatorname{erfc}\left(\frac{r - t}{\sqrt2}\right),$$

    the density of $\mu + \sigma g + e/\lambda$ with $g$ a standard normal and $e$ a
    standard exponential number. The smearing is that of the whole axis; the range
    truncates the result.

    Args:
        observable: What is measured; its unit is that of `mu` and `sigma`.
        mu: Mean of the Gaussian; the peak is shifted towards the tail.
        sigma: Standard deviation of the Gaussian, positive.
        rate: $\lambda$, in the inverse unit of the observable; the tail is on the right
            if positive, on the left if negative.

    Raises:
        LikelyError: If an argument is of another type, `sigma` is not positive, or
            `rate` is zero.

    References:
        E. Grushka, Anal. Chem. 44 (1972) 1733.
    """

    observable: Observable = eqx.field(static=True)
    mu: Scalar
    sigma: Scalar
    rate: Scalar

    def __check_init__(self) -> None:
        check_arguments(self, positive=("sigma",), nonzero=("rate",))

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        sigma, rate = number(self.sigma), number(self.rate)
        d = jnp.where(rate < 0, number(self.mu) - m, m - number(self.mu))
        t, r = d / sigma, jnp.abs(rate) * sigma
        exponent = 0.5 * r * r - jnp.abs(rate) * d
        return log_erfc_times((r - t) * np.sqrt(0.5), -0.5 * t * t, exponent)

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        r"""Return the integral over $y = t/\sqrt2$; $g = \sqrt2\,r$."""
        scale = np.sqrt(2.0) * number(self.sigma)
        return jnp.log(scale) + log_turn_on_integral(*self._interval(lower, upper))

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        y = draw_turn_on(*self._interval(lower, upper), key)
        d = np.sqrt(2.0) * number(self.sigma) * jnp.where(number(self.rate) < 0, -y, y)
        return jnp.clip(number(self.mu) + d, lower, upper)[None]

    def _interval(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> tuple[Array, Array, Array]:
        """Return g and the limits in y, in the order of rising y."""
        mu, rate = number(self.mu), number(self.rate)
        scale = np.sqrt(2.0) * number(self.sigma)
        a, b = (lower - mu) / scale, (upper - mu) / scale
        left = rate < 0
        a, b = jnp.where(left, -b, a), jnp.where(left, -a, b)
        return jnp.abs(rate) * scale, a, b
