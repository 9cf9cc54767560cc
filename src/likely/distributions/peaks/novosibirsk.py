"""The Novosibirsk peak: a log-normal that turns into a Gaussian."""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import Observable, Scalar
from ..arguments import check_arguments, number
from ..intervals import draw_gauss, log_gauss_integral
from ..ratios import arcsinh_ratio, expm1_ratio, log1p_ratio
from ..shape import AbstractShape

# The logarithm of the smallest normal number is the end of the support.
_TINY = 1e-300


@final
class Novosibirsk(AbstractShape):
    r"""Novosibirsk function, a peak with one tail.

    $$s(x) = \exp\left(-\frac{\log^2(1 - \eta (x-\mu)/\sigma)}{2\tau^2}
      - \frac{\tau^2}{2}\right), \qquad
      \tau = \frac{\operatorname{asinh}(\eta \sqrt{\log 4})}{\sqrt{\log 4}}$$

    where the logarithm's argument is positive, else zero; the Gaussian at $\eta = 0$.
    It is that of RooNovosibirsk; the paper writes $\tau$ for what is $-\tau$ here.

    Args:
        observable: What is measured; its unit is that of `mu` and `sigma`.
        mu: Peak position.
        sigma: Full width at half maximum over $2\sqrt{2\log 2}$, positive.
        tail: $\eta$, dimensionless, of either sign or zero; the tail is on the left if
            positive, on the right if negative.

    Raises:
        LikelyError: If an argument is of another type or `sigma` is not positive.

    References:
        H. Ikeda et al. (Belle), Nucl. Instrum. Meth. A 441 (2000) 401.
    """

    observable: Observable = eqx.field(static=True)
    mu: Scalar
    sigma: Scalar
    tail: Scalar

    def __check_init__(self) -> None:
        check_arguments(self, positive=("sigma",))

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        q = (m - number(self.mu)) / number(self.sigma)
        ratio = self._ratio()
        y = -number(self.tail) * q
        inside = y > -1.0
        u = q * log1p_ratio(jnp.where(inside, y, 0.0)) / ratio
        return jnp.where(inside, -0.5 * (u * u + self._tau() ** 2), -jnp.inf)

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        r"""Return the integral over $u = -\log(1 - \eta (x-\mu)/\sigma)/\tau$.

        It is $\sigma \frac{\tau}{\eta} \int e^{-\frac12 (u + \tau)^2}\,du$.
        """
        log_integral = log_gauss_integral(*self._interval(lower, upper))
        return jnp.log(number(self.sigma) * self._ratio()) + log_integral

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        interval = self._interval(lower, upper)
        u = draw_gauss(*interval, jax.random.uniform(key)) - self._tau()
        q = u * self._ratio() * expm1_ratio(-self._tau() * u)
        return jnp.clip(number(self.mu) + number(self.sigma) * q, lower, upper)[None]

    def _interval(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> tuple[Array, Array]:
        r"""Return the limits in $u + \tau$, within the support."""

        def place(x: Float[Array, ""] | float) -> Float[Array, ""]:
            eta = number(self.tail)
            q = (x - number(self.mu)) / number(self.sigma)
            inside = 1.0 - eta * q > _TINY
            y = jnp.where(inside, -eta * q, 0.0)
            end = -np.log(_TINY) / jnp.where(inside, 1.0, self._tau())
            u = jnp.where(inside, q * log1p_ratio(y) / self._ratio(), end)
            return u + self._tau()

        return place(lower), place(upper)

    def _ratio(self) -> Float[Array, ""]:
        r"""Return $\tau/\eta$."""
        return arcsinh_ratio(number(self.tail) * np.sqrt(np.log(4.0)))

    def _tau(self) -> Float[Array, ""]:
        return number(self.tail) * self._ratio()
