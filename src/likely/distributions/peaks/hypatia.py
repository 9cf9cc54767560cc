"""Peaks from a mixture of Gaussians of many widths, with power-law tails."""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ...core import LikelyError, Observable, Scalar
from ..arguments import check_arguments, check_members, number
from ..bessel import BesselTable, log_bessel_k
from .power_tails import AbstractPowerTailed, PowerTails

_CORE = ("lambda", "beta"), ("lambda", "beta", "zeta")


@final
class Hypatia2(AbstractPowerTailed):
    r"""Hypatia with two tails: a generalised hyperbolic core, a power law on each side.

    With $d = x - \mu$, $r = \sqrt{1 + d^2/\delta^2}$ and
    $\delta^2 = \sigma^2 \zeta K_\lambda(\zeta)/K_{\lambda+1}(\zeta)$ the core is

    $$g = e^{\beta d}\, r^{\lambda - 1/2}\, K_{\lambda - 1/2}(\zeta r),$$

    a Gaussian whose variance is distributed by the momentum or the opening angle of the
    decay. Without $\zeta$ it is the limit of small $\zeta$,

    $$g = e^{\beta d}\, (1 + d^2/\sigma^2)^{\lambda - 1/2},$$

    for $\beta = 0$ that of Student. The tails continue value and slope of the core as
    power laws from $a$ on.

    Args:
        observable: What is measured; its unit is that of `mu` and `sigma`.
        mu: Where the core would peak if it were symmetric.
        sigma: $\sigma$, the width of the core, positive; for $\beta = 0$ and with
            $\zeta$ its standard deviation.
        core: $(\lambda, \beta)$ with $\lambda < 1/2$, or $(\lambda, \beta, \zeta)$ with
            $\zeta$ positive; $\beta$ in the inverse unit of the observable.
        left: $(a, n)$: where the left tail starts, in units of $\sigma$, and its power,
            both positive.
        right: $(a, n)$ of the right tail.

    Raises:
        LikelyError: If an argument is of another type or number, or one that must be
            positive is not.

    References:
        D. Martinez Santos and F. Dupertuis, Nucl. Instrum. Meth. A 764 (2014) 150,
        arXiv:1312.5000.
    """

    observable: Observable = eqx.field(static=True)
    mu: Scalar
    sigma: Scalar
    core: tuple[Scalar, ...]
    left: tuple[Scalar, ...]
    right: tuple[Scalar, ...]

    def __check_init__(self) -> None:
        if not isinstance(self.core, tuple) or len(self.core) not in (2, 3):
            raise LikelyError(
                "`Hypatia2(core=...)` takes a tuple (lambda, beta), or (lambda, beta, "
                f"zeta) for a zeta above zero; got {self.core!r}."
            )
        check_members(self, "left", ("a", "n"))
        check_members(self, "right", ("a", "n"))
        check_arguments(self, positive=("sigma", "core[2]", "left", "right"))

    def log_core(self, d: Float[Array, ""]) -> Float[Array, ""]:
        lam, beta = number(self.core[0]), number(self.core[1])
        log_r = 0.5 * jnp.log1p((d / self._delta()) ** 2)
        if len(self.core) == 2:
            return beta * d + (2.0 * lam - 1.0) * log_r
        nu, zeta = lam - 0.5, number(self.core[2])
        # Less its value at zero, a constant, so that none overflows.
        log_K = self._table()
        log_ratio = log_K(nu, zeta * jnp.exp(log_r)) - log_bessel_k(nu, zeta)
        return beta * d + nu * log_r + log_ratio

    def core_slope(self, d: Float[Array, ""]) -> Float[Array, ""]:
        lam, beta, delta = number(self.core[0]), number(self.core[1]), self._delta()
        v = d / delta
        if len(self.core) == 2:
            return beta + (2.0 * lam - 1.0) * v / (1.0 + v * v) / delta
        nu, zeta = lam - 0.5, number(self.core[2])
        r = jnp.sqrt(1.0 + v * v)
        # (r^nu K_nu(zeta r))' = -zeta r^nu K_(nu-1)(zeta r)
        return beta - zeta * v / r * _ratio(nu - 1.0, zeta * r) / delta

    def tails(self) -> PowerTails:
        sigma = number(self.sigma)
        (a, n), (b, m) = (map(number, tail) for tail in (self.left, self.right))
        return PowerTails(number(self.mu), (a * sigma, b * sigma), (n, m))

    def _delta(self) -> Float[Array, ""]:
        if len(self.core) == 2:
            return number(self.sigma)
        lam, zeta = number(self.core[0]), number(self.core[2])
        return number(self.sigma) * jnp.sqrt(zeta * _ratio(lam, zeta))

    def _table(self) -> BesselTable:
        """Return a table up to the farthest place that the core may be asked for."""
        mu, starts, _ = self.tails()
        observable = self.observable
        range_ = jnp.maximum(jnp.abs(observable.lower - mu), observable.upper - mu)
        farthest = jnp.minimum(jnp.maximum(*starts), jnp.maximum(range_, 0.0))
        lam, zeta = number(self.core[0]), number(self.core[2])
        r = jnp.sqrt(1.0 + (farthest / self._delta()) ** 2)
        return BesselTable.between(lam - 0.5, zeta, zeta * r)


def _ratio(order: Float[Array, ""], z: Float[Array, ""]) -> Float[Array, ""]:
    r"""Return $K_\nu(z)/K_{\nu+1}(z)$."""
    orders = jnp.stack([order, order + 1.0])
    logs = jax.vmap(log_bessel_k, (0, None))(orders, z)
    return jnp.exp(logs[0] - logs[1])
