"""Flatte's resonance at the threshold of a second channel."""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import LogFunction, Observable, Scalar
from ..arguments import check_above, check_arguments, check_positive_range, number
from ..inversion import choose
from ..shape import AbstractShape
from ..unimodal import draw_unimodal, log_unimodal_integral
from .threshold import draw_above_threshold, log_threshold_integral, squared_momentum


@final
class Flatte(AbstractShape):
    r"""Flatté resonance as it is seen in its first channel (an $f_0(980)$, an $a_0$).

    $$s(x) = \frac{x\,\rho_1}{|\mu^2 - x^2 - i\mu(g_1\rho_1 + g_2\rho_2)|^2}, \qquad
      \rho_j = \frac{2q_j}{x}$$

    above the threshold of the first channel, zero below; $q_j$ is the momentum of a
    daughter, and $\rho_2 = i|\rho_2|$ below the threshold of the second, where the
    density has a cusp. With $g_2 = 0$ it is `SWaveBreitWigner` of
    $\Gamma_0 = g_1\rho_1(\mu)$.

    Args:
        observable: Mass of the first channel, on a range of positive numbers; its unit
            is that of all arguments.
        mu: Mass parameter of the resonance, above `m1a` + `m1b`.
        g1: Coupling to the first channel, positive.
        g2: Coupling to the second channel, zero or above.
        m1a: Mass of a daughter of the first channel.
        m1b: Mass of the other.
        m2a: Mass of a daughter of the second channel.
        m2b: Mass of the other.

    Raises:
        LikelyError: If an argument is of another type or sign, `mu` is not above the
            first threshold, or the range goes below zero.

    References:
        S. M. Flatté, Phys. Lett. B 63 (1976) 224; in these couplings, in GeV: LHCb
        Collaboration, arXiv:1204.5643.
    """

    observable: Observable = eqx.field(static=True)
    mu: Scalar
    g1: Scalar
    g2: Scalar
    m1a: Scalar
    m1b: Scalar
    m2a: Scalar
    m2b: Scalar

    def __check_init__(self) -> None:
        nonnegative = ("g2", "m1a", "m1b", "m2a", "m2b")
        check_arguments(self, positive=("mu", "g1"), nonnegative=nonnegative)
        check_positive_range(self, with_zero=True)
        check_above(self, "mu", ("m1a", "m1b"))

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        return self._log_value(m)

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        return jnp.logaddexp(*self._parts(lower, upper))

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        start, cusp = self._places()
        which, where = jax.random.split(key)
        uniform, mu = jax.random.uniform(where), number(self.mu)
        a, b, hint = (_angle(x, start, cusp) for x in (lower, upper, mu))
        angle = draw_unimodal(self._in_angle(start, cusp), a, b, hint, uniform)
        below = _place(angle, start, cusp)
        limits = (lower, upper)
        above = draw_above_threshold(self._log_value, cusp, limits, mu, uniform)
        x = choose(which, jnp.stack(self._parts(lower, upper)), [below, above])
        return jnp.clip(x, lower, upper)[None]

    def _parts(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> tuple[Float[Array, ""], Float[Array, ""]]:
        """Return the integrals below and above the cusp."""
        (start, cusp), mu = self._places(), number(self.mu)
        a, b, hint = (_angle(x, start, cusp) for x in (lower, upper, mu))
        below = log_unimodal_integral(self._in_angle(start, cusp), a, b, hint)
        above = log_threshold_integral(self._log_value, cusp, lower, upper, mu)
        return below, above

    def _places(self) -> tuple[Array, Array]:
        """Return where the density starts, and where its cusp is, if above that."""
        start = number(self.m1a) + number(self.m1b)
        second = number(self.m2a) + number(self.m2b)
        return start, jnp.where(second > start, second, start)

    def _log_value(self, x: Float[Array, ""]) -> Float[Array, ""]:
        mu, g1, g2 = number(self.mu), number(self.g1), number(self.g2)
        first = number(self.m1a), number(self.m1b)
        second = number(self.m2a), number(self.m2b)
        inside = x > first[0] + first[1]
        safe = jnp.where(inside, x, mu)
        square_1 = squared_momentum(safe, *first)
        # Rounding at the threshold.
        some = square_1 > 0
        q1 = jnp.sqrt(jnp.where(some, square_1, 1.0))
        q2 = _size_root(squared_momentum(safe, *second))
        open_2 = safe > second[0] + second[1]
        twice = 2.0 * mu / safe
        real = (mu - safe) * (mu + safe) + jnp.where(open_2, 0.0, twice * g2 * q2)
        imaginary = twice * (g1 * q1 + jnp.where(open_2, g2 * q2, 0.0))
        log_value = jnp.log(2.0 * q1) - jnp.log(real * real + imaginary * imaginary)
        return jnp.where(inside & some, log_value, -jnp.inf)

    def _in_angle(self, start: Array, cusp: Array) -> LogFunction:
        r"""Return the logarithm of the density in the angle of `_angle`."""

        def log_density(angle: Float[Array, ""]) -> Float[Array, ""]:
            step = 0.5 * (cusp - start) * jnp.sin(angle)
            positive = step > 0
            log_step = jnp.log(jnp.where(positive, step, 1.0))
            log_value = self._log_value(_place(angle, start, cusp))
            return jnp.where(positive, log_value + log_step, -jnp.inf)

        return log_density


def _angle(x: Float[Array, ""] | float, start: Array, end: Array) -> Float[Array, ""]:
    r"""Return $\theta$ of $x = x_0 + (x_1 - x_0) \sin^2(\theta/2)$, within [0, pi].

    In it a density with a root at either end of the interval is smooth.
    """
    some = end > start
    part = (x - start) / jnp.where(some, end - start, 1.0)
    low, high = ~some | (part <= 0), part >= 1
    root = jnp.sqrt(jnp.where(low | high, 0.5, part))
    return jnp.where(low, 0.0, jnp.where(high, np.pi, 2.0 * jnp.arcsin(root)))


def _place(angle: Float[Array, ""], start: Array, end: Array) -> Float[Array, ""]:
    return start + (end - start) * jnp.sin(0.5 * angle) ** 2


def _size_root(square: Float[Array, ""]) -> Float[Array, ""]:
    r"""Return $\sqrt{|q^2|}$; its infinite slope at zero counts as zero."""
    size = jnp.abs(square)
    return jnp.where(size > 0, jnp.sqrt(jnp.where(size > 0, size, 1.0)), 0.0)
