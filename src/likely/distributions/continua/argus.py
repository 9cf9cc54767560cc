"""The ARGUS shape of a mass spectrum that ends at a kinematic limit."""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import Observable, Scalar, log_integrate_smooth
from ..arguments import check_arguments, number
from ..inversion import draw, even_panels
from ..shape import AbstractShape

# exp(-40) is below the last digit of what it is added to.
_NEGLIGIBLE = 40.0
_NODES = 40


@final
class Argus(AbstractShape):
    r"""ARGUS, $s(x) = x \sqrt v\, e^{k v}$, $v = 1 - (x/c)^2$, for $0 < x < c$.

    Args:
        observable: What is measured; its unit is that of `endpoint`.
        endpoint: $c$, the kinematic limit, positive; the density is zero beyond it.
        slope: $k$, dimensionless, of either sign or zero.

    Raises:
        LikelyError: If an argument is of another type or `endpoint` is not positive.

    References:
        ARGUS Collaboration, H. Albrecht et al., Phys. Lett. B 241 (1990) 278.
    """

    observable: Observable = eqx.field(static=True)
    endpoint: Scalar
    slope: Scalar

    def __check_init__(self) -> None:
        check_arguments(self, positive=("endpoint",))

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        c, k = number(self.endpoint), number(self.slope)
        inside = (m > 0) & (m < c)
        safe = jnp.where(inside, m, 0.5 * c)
        v = _v(safe, c)
        return jnp.where(inside, 0.5 * jnp.log(safe * safe * v) + k * v, -jnp.inf)

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        r"""Return the integral over $r = \sqrt v$, $c^2 \int r^2 e^{k r^2}\,dr$."""
        c, k = number(self.endpoint), number(self.slope)
        r_a, r_b = self._support(lower, upper)
        end = jnp.where(k > 0, r_b, r_a)

        def log_function(r: Float[Array, ""]) -> Float[Array, ""]:
            return 2.0 * _log(r) + k * (r - end) * (r + end)

        log_integral = log_integrate_smooth(log_function, r_a, r_b, nodes=_NODES)
        return log_integral + k * end**2 + 2.0 * jnp.log(c)

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        edges = even_panels(*self._support(lower, upper))

        def log_density(r: Float[Array, ""]) -> Float[Array, ""]:
            return 2.0 * _log(r) + number(self.slope) * r * r

        r = draw(log_density, edges, jax.random.uniform(key))
        x = number(self.endpoint) * jnp.sqrt((1.0 - r) * (1.0 + r))
        return jnp.clip(x, lower, upper)[None]

    def _support(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> tuple[Array, Array]:
        """Return the interval in r, less the part that is negligible."""
        c, k = number(self.endpoint), number(self.slope)
        v_a, v_b = _v(jnp.minimum(upper, c), c), _v(jnp.clip(lower, 0.0, c), c)
        depth = jnp.abs(k)
        reach = _NEGLIGIBLE / jnp.where(depth > 0, depth, 1.0)
        steep = jax.lax.stop_gradient((depth > 0) & (v_b - v_a > reach))
        v_low = jnp.where(steep & (k > 0), v_b - reach, v_a)
        v_high = jnp.where(steep & (k < 0), v_a + reach, v_b)
        return _root(v_low), _root(v_high)


def _v(x: Array, c: Array) -> Float[Array, ""]:
    return (c - x) * (c + x) / (c * c)


def _root(v: Float[Array, ""]) -> Float[Array, ""]:
    positive = v > 0
    # The slope of the root is infinite at zero, that of the integral is zero there.
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, v, 1.0)), 0.0)


def _log(r: Float[Array, ""]) -> Float[Array, ""]:
    positive = r > 0
    return jnp.where(positive, jnp.log(jnp.where(positive, r, 1.0)), -jnp.inf)
