"""The generalised Gaussian: a peak whose flanks are as steep as one likes."""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import Observable, Scalar
from ..arguments import check_arguments, number
from ..inversion import choose, draw
from ..shape import AbstractShape

# exp(-45) is below the last digit of what it is added to.
_NEGLIGIBLE = 45.0
# The tanh-sinh rule on [0, 1], which closes in on the power's singularity at zero
# (H. Takahasi and M. Mori, Publ. RIMS 9 (1974) 721).
_STEP = 1.0 / 20.0
_V = _STEP * np.arange(-80, 81)
_AT = 1.0 / (1.0 + np.exp(-np.pi * np.sinh(_V)))
_WEIGHTS = _STEP * np.pi * np.cosh(_V) * _AT / (1.0 + np.exp(np.pi * np.sinh(_V)))
# Panels for the draws, which close in on zero as well.
_NEAR = 2.0 ** -np.arange(40.0, 4.0, -2.0)
_EDGES = np.concatenate([[0.0], _NEAR, np.arange(1, 17) / 16])


@final
class GeneralisedGauss(AbstractShape):
    r"""Generalised Gaussian, $s(x) = e^{-|t|^\beta}$ with $t = (x-\mu)/\alpha$.

    $\beta = 2$ is the Gaussian of $\sigma = \alpha/\sqrt2$, $\beta = 1$ the Laplace
    distribution; for large $\beta$ it is a box. At $\mu$ itself it cannot be
    differentiated for $\beta \le 1$, so a fit of `mu` then has no smooth minimum.

    Args:
        observable: What is measured; its unit is that of `mu` and `scale`.
        mu: Peak position.
        scale: $\alpha$, positive.
        beta: Power, dimensionless, positive.

    Raises:
        LikelyError: If an argument is of another type, or `scale` or `beta` is not
            positive.

    References:
        S. Nadarajah, J. Appl. Stat. 32 (2005) 685.
    """

    observable: Observable = eqx.field(static=True)
    mu: Scalar
    scale: Scalar
    beta: Scalar

    def __check_init__(self) -> None:
        check_arguments(self, positive=("scale", "beta"))

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        d = (m - number(self.mu)) / number(self.scale)
        return -_power(jnp.where(d < 0, -d, d), number(self.beta))

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        sides = jnp.stack(self._sides(lower, upper))
        log_sides = jax.vmap(_log_side, (0, None))(sides, number(self.beta))
        top = jax.lax.stop_gradient(jnp.max(log_sides))
        top = jnp.where(jnp.isfinite(top), top, 0.0)
        some = sides[:, 1] > sides[:, 0]
        parts = jnp.where(some, jnp.exp(jnp.where(some, log_sides, top) - top), 0.0)
        total = parts.sum()
        log_total = top + jnp.log(jnp.where(total > 0, total, 1.0))
        log_integral = jnp.log(number(self.scale)) + log_total
        return jnp.where(total > 0, log_integral, -jnp.inf)

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        beta = number(self.beta)
        which, where = jax.random.split(key)
        uniform = jax.random.uniform(where)
        sides = self._sides(lower, upper)
        logs = jnp.stack([_log_side(side, beta) for side in sides])

        def place(side: Array) -> Float[Array, ""]:
            edges = side[0] + _length(side, beta) * _EDGES
            return draw(lambda t: -_power(t, beta), edges, uniform)

        t = choose(which, logs, [-place(sides[0]), place(sides[1])])
        return jnp.clip(number(self.mu) + number(self.scale) * t, lower, upper)[None]

    def _sides(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> tuple[Array, Array]:
        r"""Return the intervals in $|t|$ to the left and to the right of the peak."""
        a = (lower - number(self.mu)) / number(self.scale)
        b = (upper - number(self.mu)) / number(self.scale)
        # A limit at the peak itself moves with one side, not with half of each.
        left = jnp.where(b <= 0, -b, 0.0), jnp.where(a <= 0, -a, 0.0)
        right = jnp.where(a >= 0, a, 0.0), jnp.where(b >= 0, b, 0.0)
        return jnp.stack(left), jnp.stack(right)


def _log_side(side: Float[Array, "2"], beta: Array) -> Float[Array, ""]:
    r"""Return $\log \int_a^b e^{-t^\beta}\,dt$ for $0 \le a$."""
    a, b = side
    empty = b <= a
    a, b = jnp.where(empty, 0.0, a), jnp.where(empty, 1.0, b)
    first = _power(a, beta)
    length = _length(jnp.stack([a, b]), beta)
    far = first > 1.0
    base = jnp.where(far, a, 1.0)
    # Far out the difference of two large powers would lose its digits.
    growth = jnp.expm1(beta * jnp.log1p(length * _AT / base))
    near = jax.vmap(_power, (0, None))(a + length * _AT, beta) - first
    rise = jnp.where(far, first * growth, near)
    log_integral = jnp.log(length * (jnp.exp(-rise) @ _WEIGHTS)) - first
    return jnp.where(empty, -jnp.inf, log_integral)


def _length(side: Float[Array, "2"], beta: Array) -> Float[Array, ""]:
    """Return the length of the interval, less the part that is negligible."""
    a, b = side
    first = _power(a, beta)
    far = first > 1.0
    safe = jnp.where(far, first, 1.0)
    end = jnp.where(
        far,
        a * jnp.expm1(jnp.log1p(_NEGLIGIBLE / safe) / beta),
        (1.0 + _NEGLIGIBLE) ** (1.0 / beta),
    )
    return jnp.minimum(b - a, jax.lax.stop_gradient(end))


def _power(t: Float[Array, ""], beta: Array) -> Float[Array, ""]:
    """Return a power, whose derivatives at zero count as zero."""
    positive = t > 0
    log_t = jnp.log(jnp.where(positive, t, 1.0))
    return jnp.where(positive, jnp.exp(beta * log_t), 0.0)
