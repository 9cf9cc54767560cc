"""Johnson's S_U: a Gaussian in the inverse hyperbolic sine of the position."""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import Observable, Scalar
from ..arguments import check_arguments, number
from ..intervals import draw_gauss, log_gauss_integral
from ..shape import AbstractShape


@final
class JohnsonSU(AbstractShape):
    r"""Johnson's $S_U$, $s(x) = e^{-\frac12 z^2}/\sqrt{1 + t^2}$.

    With $t = (x-\mu)/\sigma$ and $z = \gamma + \delta \operatorname{asinh} t$, which is
    the convention of RooJohnson and of `scipy.stats.johnsonsu`. Only where $\gamma = 0$
    and $\delta$ is large is $\mu$ the peak and $\sigma/\delta$ the standard deviation.

    Args:
        observable: What is measured; its unit is that of `mu` and `sigma`.
        mu: Location.
        sigma: Scale, positive.
        gamma: Asymmetry, dimensionless; the longer tail is on the left if positive.
        delta: Strength of the tails, dimensionless, positive; the smaller the longer.

    Raises:
        LikelyError: If an argument is of another type, or `sigma` or `delta` is not
            positive.

    References:
        N. L. Johnson, Biometrika 36 (1949) 149.
    """

    observable: Observable = eqx.field(static=True)
    mu: Scalar
    sigma: Scalar
    gamma: Scalar
    delta: Scalar

    def __check_init__(self) -> None:
        check_arguments(self, positive=("sigma", "delta"))

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        t = (m - number(self.mu)) / number(self.sigma)
        return -0.5 * (self._z(m) ** 2 + jnp.log1p(t * t))

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        log_integral = log_gauss_integral(self._z(lower), self._z(upper))
        return jnp.log(number(self.sigma) / number(self.delta)) + log_integral

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        z = draw_gauss(self._z(lower), self._z(upper), jax.random.uniform(key))
        t = jnp.sinh((z - number(self.gamma)) / number(self.delta))
        return jnp.clip(number(self.mu) + number(self.sigma) * t, lower, upper)[None]

    def _z(self, x: Float[Array, ""] | float) -> Float[Array, ""]:
        t = (x - number(self.mu)) / number(self.sigma)
        return number(self.gamma) + number(self.delta) * jnp.arcsinh(t)
