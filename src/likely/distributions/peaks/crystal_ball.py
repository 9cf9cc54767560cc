"""Gaussian peaks with power-law tails: Crystal Ball, and with a tail on each side."""

from typing import NamedTuple, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import Observable, Scalar, log_sum
from ..arguments import check_arguments, number
from ..intervals import draw_gauss, draw_power, log_gauss_integral, log_power_integral
from ..inversion import choose
from ..shape import AbstractShape


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
        t = (m - number(self.mu)) / number(self.sigma)
        t = jnp.where(self._mirrored, -t, t)
        alpha, n = jnp.abs(number(self.alpha)), number(self.n)
        tail = t < -alpha
        core = jnp.where(tail, alpha, t)
        d = jnp.where(tail, -alpha - t, 0.0)
        return -0.5 * core * core - n * jnp.log1p(alpha / n * d)

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        core, tail = self._parts(lower, upper)
        logs = jnp.append(log_gauss_integral(*core), tail.log_integral())
        return jnp.log(number(self.sigma)) + log_sum(logs)

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        core, tail = self._parts(lower, upper)
        which, where = jax.random.split(key)
        uniform = jax.random.uniform(where)
        logs = jnp.append(log_gauss_integral(*core), tail.log_integral())
        t = choose(which, logs, [draw_gauss(*core, uniform), -tail.draw(uniform)])
        t = jnp.where(self._mirrored, -t, t)
        return jnp.clip(number(self.mu) + number(self.sigma) * t, lower, upper)[None]

    @property
    def _mirrored(self) -> Array:
        return number(self.alpha) < 0

    def _parts(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> tuple[tuple[Array, Array], "_Tail"]:
        """Return the interval of the core and the tail, as for a tail on the left."""
        mu, sigma, alpha = number(self.mu), number(self.sigma), number(self.alpha)
        a, b = (lower - mu) / sigma, (upper - mu) / sigma
        a, b = jnp.where(alpha < 0, -b, a), jnp.where(alpha < 0, -a, b)
        alpha = jnp.abs(alpha)
        core = jnp.maximum(a, -alpha), jnp.maximum(b, -alpha)
        return core, _Tail(-b, -a, alpha, number(self.n))


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
        t = (m - number(self.mu)) / number(self.sigma)
        left = t < 0
        alpha = jnp.where(left, number(self.alpha_left), number(self.alpha_right))
        n = jnp.where(left, number(self.n_left), number(self.n_right))
        size = jnp.abs(t)
        tail = size > alpha
        core = jnp.where(tail, alpha, t)
        d = jnp.where(tail, size - alpha, 0.0)
        return -0.5 * core * core - n * jnp.log1p(alpha / n * d)

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        return jnp.log(number(self.sigma)) + log_sum(self._parts(lower, upper)[2])

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        core, tails, logs = self._parts(lower, upper)
        which, where = jax.random.split(key)
        uniform = jax.random.uniform(where)
        left, right = jax.vmap(lambda tail: tail.draw(uniform))(tails)
        t = choose(which, logs, [draw_gauss(*core, uniform), -left, right])
        return jnp.clip(number(self.mu) + number(self.sigma) * t, lower, upper)[None]

    def _parts(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> tuple[tuple[Array, Array], "_Tail", Float[Array, " parts"]]:
        """Return the interval of the core, the tails, and the logs of all integrals."""
        mu, sigma = number(self.mu), number(self.sigma)
        a, b = (lower - mu) / sigma, (upper - mu) / sigma
        alpha = number(self.alpha_left), number(self.alpha_right)
        n = number(self.n_left), number(self.n_right)
        core = jnp.clip(a, -alpha[0], alpha[1]), jnp.clip(b, -alpha[0], alpha[1])
        # Both tails at once: half the program to compile.
        tails = _Tail(*map(jnp.stack, ((-b, a), (-a, b), alpha, n)))
        logs = jax.vmap(_Tail.log_integral)(tails)
        return core, tails, jnp.append(log_gauss_integral(*core), logs)


@final
class _Tail(NamedTuple):
    r"""What lies beyond `alpha` between `a` and `b`: a power law, to the right."""

    a: Array
    b: Array
    alpha: Array
    n: Array

    def log_integral(self) -> Float[Array, ""]:
        log_integral = log_power_integral(*self._interval(), self.alpha, self.n)
        return log_integral - 0.5 * self.alpha * self.alpha

    def draw(self, uniform: Float[Array, ""]) -> Float[Array, ""]:
        return self.alpha + draw_power(*self._interval(), self.alpha, self.n, uniform)

    def _interval(self) -> tuple[Array, Array]:
        """Return the interval in the distance d from `alpha`."""
        return (
            jnp.maximum(self.a - self.alpha, 0.0),
            jnp.maximum(self.b - self.alpha, 0.0),
        )
