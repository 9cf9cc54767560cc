"""Bukin's peak: the Novosibirsk function with a free tail on each side."""

from typing import NamedTuple, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import Observable, Scalar, log_integrate_smooth, log_sum
from ..arguments import check_arguments, number
from ..intervals import draw_gauss, log_gauss_integral
from ..inversion import choose, draw, even_panels
from ..ratios import arcsinh_ratio, expm1_ratio, log1p_ratio
from ..shape import AbstractShape

_LOG2 = np.log(2.0)
# exp(-40) is below the last digit of what it is added to.
_NEGLIGIBLE = 40.0
_NODES = 40


@final
class Bukin(AbstractShape):
    r"""Bukin's function, asymmetric, with a tail on each side.

    With $a = \operatorname{asinh}\xi$, $h = \sigma\sqrt{2\log2}/\cosh a$, the half
    maxima at $x_{L,R} = \mu \mp d_{L,R}$, $d_{L,R} = h e^{\mp a}$, and
    $v = |x - x_{L,R}|/d_{L,R}$,

    $$s = 2^{-z^2}, \quad z = \frac{\log(1 + 2\xi(x-\mu)/h)}{2a}
      \quad (x_L \le x \le x_R), \qquad
      s = \tfrac12 e^{\rho_{L,R} v^2 - \kappa_{L,R} v} \quad \text{beyond},$$

    $\kappa_{L,R} = 2\log2\,(\xi/a)\,e^{\pm a}$; the slope is continuous. It is the
    function of RooBukinPdf.

    Args:
        observable: What is measured; its unit is that of `mu` and `sigma`.
        mu: Peak position.
        sigma: Full width at half maximum over $2\sqrt{2\log 2}$, positive.
        xi: Asymmetry, dimensionless, of either sign or zero.
        rho_left: Bend of the left tail, dimensionless; below zero it falls like a
            Gaussian, at zero exponentially, above zero it rises again far out.
        rho_right: The same of the right tail.

    Raises:
        LikelyError: If an argument is of another type or `sigma` is not positive.

    References:
        A. Bukin, Fitting function for asymmetric peaks, arXiv:0711.4449.
    """

    observable: Observable = eqx.field(static=True)
    mu: Scalar
    sigma: Scalar
    xi: Scalar
    rho_left: Scalar
    rho_right: Scalar

    def __check_init__(self) -> None:
        check_arguments(self, positive=("sigma",))

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        core = self._core()
        d = m - number(self.mu)
        left, right = d < -core.d_left, d > core.d_right
        z = core.z(jnp.where(left | right, 0.0, d))
        log_core = -_LOG2 * z * z
        size = jnp.where(left, -d, d)
        half = jnp.where(left, core.d_left, core.d_right)
        kappa = jnp.where(left, core.kappa_left, core.kappa_right)
        rho = jnp.where(left, number(self.rho_left), number(self.rho_right))
        v = size / half - 1.0
        return jnp.where(left | right, (rho * v - kappa) * v - _LOG2, log_core)

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        return log_sum(self._parts(lower, upper)[3])

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        core = self._core()
        left, middle, right, logs = self._parts(lower, upper)
        which, where = jax.random.split(key)
        uniform = jax.random.uniform(where)
        z = draw_gauss(*middle, uniform) / np.sqrt(2.0 * _LOG2) + core.a / _LOG2
        inside = core.d(z)
        below = -core.d_left * (1.0 + left.draw(uniform))
        above = core.d_right * (1.0 + right.draw(uniform))
        d = choose(which, logs, [below, inside, above])
        return jnp.clip(number(self.mu) + d, lower, upper)[None]

    def _core(self) -> "_Core":
        return _Core(number(self.sigma), number(self.xi))

    def _parts(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> tuple["_Tail", tuple[Array, Array], "_Tail", Float[Array, "3"]]:
        """Return left tail, core (its interval) and right tail, and their integrals."""
        core = self._core()
        a, b = lower - number(self.mu), upper - number(self.mu)
        left = _Tail(
            jnp.maximum(-b / core.d_left - 1.0, 0.0),
            jnp.maximum(-a / core.d_left - 1.0, 0.0),
            core.kappa_left,
            number(self.rho_left),
        )
        right = _Tail(
            jnp.maximum(a / core.d_right - 1.0, 0.0),
            jnp.maximum(b / core.d_right - 1.0, 0.0),
            core.kappa_right,
            number(self.rho_right),
        )
        # With dx = h (a/xi) e^(2az) dz the core is a Gaussian of mean a/log 2.
        middle = core.standard(a), core.standard(b)
        log_core = log_gauss_integral(*middle) + core.a**2 / _LOG2
        log_core = log_core + jnp.log(core.h * core.ratio) - 0.5 * np.log(2.0 * _LOG2)
        logs = [
            left.log_integral() + jnp.log(core.d_left) - _LOG2,
            log_core,
            right.log_integral() + jnp.log(core.d_right) - _LOG2,
        ]
        return left, middle, right, jnp.stack(logs)


@final
class _Core(NamedTuple):
    """What lies between the half maxima, by the distance from the peak."""

    sigma: Array
    xi: Array

    @property
    def ratio(self) -> Array:
        return arcsinh_ratio(self.xi)

    @property
    def a(self) -> Array:
        return self.xi * self.ratio

    @property
    def h(self) -> Array:
        return self.sigma * np.sqrt(2.0 * _LOG2) / jnp.sqrt(1.0 + self.xi * self.xi)

    @property
    def d_left(self) -> Array:
        return self.h * jnp.exp(-self.a)

    @property
    def d_right(self) -> Array:
        return self.h * jnp.exp(self.a)

    @property
    def kappa_left(self) -> Array:
        return 2.0 * _LOG2 / self.ratio * jnp.exp(self.a)

    @property
    def kappa_right(self) -> Array:
        return 2.0 * _LOG2 / self.ratio * jnp.exp(-self.a)

    def z(self, d: Array) -> Array:
        q = d / self.h
        return q * log1p_ratio(2.0 * self.xi * q) / self.ratio

    def d(self, z: Array) -> Array:
        return self.h * self.ratio * z * expm1_ratio(2.0 * self.a * z)

    def standard(self, d: Array) -> Array:
        """Return the standardised z of a limit, inside the core."""
        left, right = d <= -self.d_left, d >= self.d_right
        z = self.z(jnp.where(left | right, 0.0, d))
        z = jnp.where(left, -1.0, jnp.where(right, 1.0, z))
        return np.sqrt(2.0 * _LOG2) * (z - self.a / _LOG2)


@final
class _Tail(NamedTuple):
    r"""$e^{\rho v^2 - \kappa v}$ between $v = a \ge 0$ and $b$."""

    a: Array
    b: Array
    kappa: Array
    rho: Array

    def log_integral(self) -> Float[Array, ""]:
        end = self.a + self._length()
        return log_integrate_smooth(self._log_value, self.a, end, nodes=_NODES)

    def draw(self, uniform: Float[Array, ""]) -> Float[Array, ""]:
        return draw(
            self._log_value, even_panels(self.a, self.a + self._length()), uniform
        )

    def _log_value(self, v: Float[Array, ""]) -> Float[Array, ""]:
        return (self.rho * v - self.kappa) * v

    def _length(self) -> Float[Array, ""]:
        """Return the length of the interval, less the part that is negligible."""
        bend = jnp.maximum(-self.rho, 0.0)
        slope = self.kappa + 2.0 * bend * self.a
        root = jnp.sqrt(slope * slope + 4.0 * bend * _NEGLIGIBLE)
        end = jax.lax.stop_gradient(2.0 * _NEGLIGIBLE / (slope + root))
        # A tail that bends upwards comes back.
        return jnp.where(
            self.rho > 0, self.b - self.a, jnp.minimum(self.b - self.a, end)
        )
