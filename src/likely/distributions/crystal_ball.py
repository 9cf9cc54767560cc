"""Gaussian peaks with power-law tails: Crystal Ball, and with a tail on each side."""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import Observable, Scalar, log_sum
from .arguments import check_arguments
from .intervals import draw_gauss, draw_power, log_gauss_integral, log_power_integral
from .shape import AbstractShape


@final
class CrystalBall(AbstractShape):
    r"""Crystal Ball: Gaussian core, power-law tail on one side.

    With $t = (x-\mu)/\sigma$ for $\alpha > 0$ and $t = -(x-\mu)/\sigma$ for
    $\alpha < 0$, whose tail is on the right, and $d = -|\alpha| - t$,

    $$s = e^{-t^2/2}\ \ (d \le 0), \qquad
      s = e^{-\alpha^2/2} (1 + |\alpha| d/n)^{-n}\ \ (d > 0).$$

    Args:
        observable: What is measured; its unit is that of `mu` and `sigma`.
        mu: Peak position.
        sigma: Standard deviation of the core, positive.
        alpha: Where the tail starts, in standard deviations; its sign is the side.
        n: Power of the tail, positive.

    Raises:
        LikelyError: If an argument is of another type, `sigma` or `n` is not positive,
            or `alpha` is zero.

    References:
        M. Oreglia, SLAC-R-236 (1980), appendix D; J. Gaiser, SLAC-R-255 (1982).
    """

    observable: Observable = eqx.field(static=True)
    mu: Scalar
    sigma: Scalar
    alpha: Scalar
    n: Scalar

    def __check_init__(self) -> None:
        check_arguments(self, positive=("sigma", "n"), nonzero=("alpha",))

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        t = (m - self.mu) / self.sigma
        t = jnp.where(self._mirrored, -t, t)
        alpha = jnp.abs(self.alpha)
        tail = t < -alpha
        core = jnp.where(tail, alpha, t)
        d = jnp.where(tail, -alpha - t, 0.0)
        return -0.5 * core * core - self.n * jnp.log1p(alpha / self.n * d)

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        alpha, a, b = self._standard(lower, upper)
        core = log_gauss_integral(jnp.maximum(a, -alpha), b)
        return jnp.log(self.sigma) + log_sum(
            jnp.stack([core, _log_tail(-b, -a, alpha, self.n)])
        )

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        alpha, a, b = self._standard(lower, upper)
        which, where = jax.random.split(key)
        uniform = jax.random.uniform(where)
        core = jnp.maximum(a, -alpha), jnp.maximum(b, -alpha)
        logs = [log_gauss_integral(*core), _log_tail(-b, -a, alpha, self.n)]
        draws = [
            draw_gauss(*core, uniform),
            -_draw_tail(-b, -a, alpha, self.n, uniform),
        ]
        t = _choose(which, logs, draws)
        t = jnp.where(self._mirrored, -t, t)
        return jnp.clip(self.mu + self.sigma * t, lower, upper)[None]

    @property
    def _mirrored(self) -> Array:
        return jnp.asarray(self.alpha < 0)

    def _standard(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> tuple[Array, Array, Array]:
        """Return alpha and the limits as for a tail on the left."""
        a, b = (lower - self.mu) / self.sigma, (upper - self.mu) / self.sigma
        a, b = jnp.where(self._mirrored, -b, a), jnp.where(self._mirrored, -a, b)
        return jnp.abs(self.alpha), a, b


@final
class DoubleCrystalBall(AbstractShape):
    r"""Double-sided Crystal Ball: Gaussian core, a power-law tail on each side.

    With $t = (x-\mu)/\sigma$, on either side $\alpha$ and $n$ of that side, and
    $d = |t| - \alpha$,

    $$s = e^{-t^2/2}\ \ (d \le 0), \qquad
      s = e^{-\alpha^2/2} (1 + \alpha d/n)^{-n}\ \ (d > 0).$$

    Args:
        observable: What is measured; its unit is that of `mu` and `sigma`.
        mu: Peak position.
        sigma: Standard deviation of the core, positive.
        alpha_left: Where the left tail starts, in standard deviations, positive.
        n_left: Power of the left tail, positive.
        alpha_right: Where the right tail starts, in standard deviations, positive.
        n_right: Power of the right tail, positive.

    Raises:
        LikelyError: If an argument is of another type, or one that must be positive is
            not.
    """

    observable: Observable = eqx.field(static=True)
    mu: Scalar
    sigma: Scalar
    alpha_left: Scalar
    n_left: Scalar
    alpha_right: Scalar
    n_right: Scalar

    def __check_init__(self) -> None:
        tails = ("alpha_left", "n_left", "alpha_right", "n_right")
        check_arguments(self, positive=("sigma", *tails))

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        t = (m - self.mu) / self.sigma
        alpha = jnp.where(t < 0, self.alpha_left, self.alpha_right)
        n = jnp.where(t < 0, self.n_left, self.n_right)
        tail = jnp.abs(t) > alpha
        core = jnp.where(tail, alpha, t)
        d = jnp.where(tail, jnp.abs(t) - alpha, 0.0)
        return -0.5 * core * core - n * jnp.log1p(alpha / n * d)

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        a, b = self._standard(lower, upper)
        return jnp.log(self.sigma) + log_sum(jnp.stack(self._log_parts(a, b)))

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        a, b = self._standard(lower, upper)
        which, where = jax.random.split(key)
        uniform = jax.random.uniform(where)
        draws = [
            draw_gauss(*self._core(a, b), uniform),
            -_draw_tail(-b, -a, self.alpha_left, self.n_left, uniform),
            _draw_tail(a, b, self.alpha_right, self.n_right, uniform),
        ]
        t = _choose(which, self._log_parts(a, b), draws)
        return jnp.clip(self.mu + self.sigma * t, lower, upper)[None]

    def _standard(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> tuple[Array, Array]:
        a, b = (lower - self.mu) / self.sigma, (upper - self.mu) / self.sigma
        return jnp.asarray(a, float), jnp.asarray(b, float)

    def _core(self, a: Array, b: Array) -> tuple[Array, Array]:
        left, right = -self.alpha_left, self.alpha_right
        return jnp.clip(a, left, right), jnp.clip(b, left, right)

    def _log_parts(self, a: Array, b: Array) -> list[Float[Array, ""]]:
        """Return the logarithms of the integrals of core, left and right tail."""
        return [
            log_gauss_integral(*self._core(a, b)),
            _log_tail(-b, -a, self.alpha_left, self.n_left),
            _log_tail(a, b, self.alpha_right, self.n_right),
        ]


def _log_tail(a: Array, b: Array, alpha: Scalar, n: Scalar) -> Float[Array, ""]:
    """Return the integral from a to b of what lies beyond alpha, to the right."""
    first, last = jnp.maximum(a - alpha, 0.0), jnp.maximum(b - alpha, 0.0)
    return log_power_integral(first, last, alpha, n) - 0.5 * alpha * alpha


def _draw_tail(
    a: Array, b: Array, alpha: Scalar, n: Scalar, uniform: Float[Array, ""]
) -> Float[Array, ""]:
    first, last = jnp.maximum(a - alpha, 0.0), jnp.maximum(b - alpha, 0.0)
    return alpha + draw_power(first, last, alpha, n, uniform)


def _choose(
    key: PRNGKeyArray, logs: list[Float[Array, ""]], draws: list[Float[Array, ""]]
) -> Float[Array, ""]:
    """Return one of the draws, each with the probability of its part."""
    return jnp.stack(draws)[jax.random.categorical(key, jnp.stack(logs))]
