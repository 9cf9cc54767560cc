r"""An exponential that starts at time zero, as a detector measures it.

With $\lambda = \Gamma - i\Delta m$ and a Gaussian resolution,

$$I_\lambda(t) = \int_0^\infty e^{-\lambda t'} N(t - b - t'; \sigma)\,dt'
  = \tfrac12 e^{-u^2/2}\, w\!\left(i\,\frac{\lambda\sigma - u}{\sqrt2}\right),
  \qquad u = \frac{t - b}{\sigma},$$

whose real part is that of $e^{-\Gamma t'} \cos \Delta m\,t'$, its imaginary part that
of $e^{-\Gamma t'} \sin \Delta m\,t'$. Where the argument of $w$ is below the real axis,
$w(z) = 2e^{-z^2} - w(-z)$: the wave itself, less what the resolution takes from it.

All derivatives are made of $I$ and $N$: with $P = N - \lambda I$,

$$\frac{\partial I}{\partial t} = P, \qquad
  \frac{\partial I}{\partial\sigma} = -\sigma\lambda P - uN, \qquad
  \frac{\partial I}{\partial\lambda} = -(t - b)\,I - \sigma^2 P.$$

References:
    T. M. Karbach, G. Raven and M. Schiller, arXiv:1407.0748.
"""

import abc
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..erfc import log_erfc, log_erfc_times
from ..faddeeva import voigt_functions

Real = Float[Array, ""]
Wave = tuple[Real, Real]
Points = Float[Array, " points"]


class AbstractResolution(eqx.Module):
    """What the detector makes of an exponential that starts at time zero."""

    @abc.abstractmethod
    def log_decay(self, t: Real, rate: Real) -> Real:
        r"""Return $\log I_\Gamma(t)$, for a rate $\Gamma$ without an oscillation."""

    @abc.abstractmethod
    def wave(self, t: Real, rate: Real, frequency: Real, log_scale: Real) -> Wave:
        r"""Return real and imaginary part of $I_\lambda(t)\,e^{-log\_scale}$."""

    @abc.abstractmethod
    def begins(self, t: Points) -> Points:
        """Return the times, or where the density begins if they are before it."""

    @abc.abstractmethod
    def log_onset(self, points: Points) -> Real:
        """Return zero if the decays begin between the first and last point, or -inf."""

    @abc.abstractmethod
    def onset(self, points: Points, log_scale: Real) -> tuple[Points, Array]:
        r"""Return $N(t; b, \sigma)$ at the points and its integrals between them.

        Both are multiplied by $e^{-log\_scale}$: $I' = -\lambda I + N$.
        """

    @abc.abstractmethod
    def place(self) -> tuple[Real, Real]:
        r"""Return $b$ and $\sigma$."""


@final
class Perfect(AbstractResolution):
    r"""No resolution: $I_\lambda(t) = e^{-\lambda t}$ for $t \ge 0$, zero before."""

    def log_decay(self, t: Real, rate: Real) -> Real:
        after = t >= 0
        return jnp.where(after, -rate * jnp.where(after, t, 0.0), -jnp.inf)

    def wave(self, t: Real, rate: Real, frequency: Real, log_scale: Real) -> Wave:
        after = t >= 0
        t = jnp.where(after, t, 0.0)
        size = jnp.where(after, jnp.exp(-rate * t - log_scale), 0.0)
        return size * jnp.cos(frequency * t), size * jnp.sin(frequency * t)

    def begins(self, t: Points) -> Points:
        return jnp.maximum(t, 0.0)

    def log_onset(self, points: Points) -> Real:
        return jnp.full((), -jnp.inf)

    def onset(self, points: Points, log_scale: Real) -> tuple[Points, Array]:
        return jnp.zeros_like(points), jnp.zeros_like(points[1:])

    def place(self) -> tuple[Real, Real]:
        return jnp.zeros(()), jnp.zeros(())


@final
class Gaussian(AbstractResolution):
    """A Gaussian resolution.

    Args:
        bias: $b$, how much later the times are measured.
        sigma: Standard deviation, positive.
    """

    bias: Float[Array, ""]
    sigma: Float[Array, ""]

    def log_decay(self, t: Real, rate: Real) -> Real:
        return _log_decay(t - self.bias, self.sigma, rate)

    def wave(self, t: Real, rate: Real, frequency: Real, log_scale: Real) -> Wave:
        return _wave(t - self.bias, self.sigma, rate, frequency, log_scale)

    def begins(self, t: Points) -> Points:
        return t

    def log_onset(self, points: Points) -> Real:
        within = (points[0] < self.bias) & (self.bias < points[-1])
        return jnp.where(within, 0.0, -jnp.inf)

    def onset(self, points: Points, log_scale: Real) -> tuple[Points, Array]:
        u = (points - self.bias) / self.sigma
        height = jnp.exp(_log_gauss(points - self.bias, self.sigma) - log_scale)
        below = u < 0
        # The tails on the side where they are small keep their digits.
        tail = jax.vmap(_tail, (0, None))(jnp.where(below, -u, u), log_scale)
        across = below[:-1] & ~below[1:]
        whole = jnp.exp(jnp.where(across, -log_scale, 0.0))
        aside = jnp.where(below[1:], tail[1:] - tail[:-1], tail[:-1] - tail[1:])
        return height, jnp.where(across, whole - tail[:-1] - tail[1:], aside)

    def place(self) -> tuple[Real, Real]:
        return self.bias, self.sigma


@jax.custom_jvp
def _log_decay(d: Real, sigma: Real, rate: Real) -> Real:
    u, r = d / sigma, rate * sigma
    z = (r - u) * np.sqrt(0.5)
    return log_erfc_times(z, -0.5 * u * u, 0.5 * r * r - rate * d) - np.log(2.0)


@_log_decay.defjvp
def _log_decay_jvp(
    at: tuple[Real, ...], towards: tuple[Real, ...]
) -> tuple[Real, Real]:
    (d, sigma, rate), (dd, dsigma, drate) = at, towards
    log_decay = _log_decay(d, sigma, rate)
    N = jnp.exp(_log_gauss(d, sigma) - log_decay)
    P = N - rate
    along = dsigma * (-sigma * rate * P - d / sigma * N)
    return log_decay, along + dd * P + drate * (-d - sigma * sigma * P)


@jax.custom_jvp
def _wave(d: Real, sigma: Real, rate: Real, frequency: Real, log_scale: Real) -> Wave:
    u, r, f = d / sigma, rate * sigma, frequency * sigma
    y = (r - u) * np.sqrt(0.5)
    after = y < 0
    K, L = voigt_functions(f * np.sqrt(0.5), jnp.where(after, -y, y))
    edge = 0.5 * jnp.exp(-0.5 * u * u - log_scale)
    # Before the decays begin, the exponent may be large, and is not used.
    exponent = 0.5 * (r * r - f * f) - rate * d - log_scale
    size = jnp.where(after, jnp.exp(jnp.where(after, exponent, 0.0)), 0.0)
    phase = frequency * (d - r * sigma)
    real = size * jnp.cos(phase) + edge * jnp.where(after, -K, K)
    return real, size * jnp.sin(phase) + edge * L


@_wave.defjvp
def _wave_jvp(at: tuple[Real, ...], towards: tuple[Real, ...]) -> tuple[Wave, Wave]:
    """Return the wave and its change; the scale counts as a constant."""
    (d, sigma, rate, frequency, log_scale), (dd, dsigma, drate, df, _) = at, towards
    real, imaginary = _wave(d, sigma, rate, frequency, log_scale)
    N = jnp.exp(_log_gauss(d, sigma) - log_scale)
    # With lambda = rate - i frequency.
    P = N - rate * real - frequency * imaginary, frequency * real - rate * imaginary
    Q = rate * P[0] + frequency * P[1], rate * P[1] - frequency * P[0]
    square = sigma * sigma
    R = -d * real - square * P[0], -d * imaginary - square * P[1]
    return (real, imaginary), (
        dd * P[0] - dsigma * (sigma * Q[0] + d / sigma * N) + drate * R[0] + df * R[1],
        dd * P[1] - dsigma * sigma * Q[1] + drate * R[1] - df * R[0],
    )


@jax.custom_jvp
def _tail(u: Real, log_scale: Real) -> Real:
    r"""Return $e^{-log\_scale} \int_u^\infty N\,dv$ for $u \ge 0$."""
    return jnp.exp(log_erfc(u * np.sqrt(0.5)) - np.log(2.0) - log_scale)


@_tail.defjvp
def _tail_jvp(at: tuple[Real, ...], towards: tuple[Real, ...]) -> tuple[Real, Real]:
    (u, log_scale), (du, _) = at, towards
    N = jnp.exp(_log_gauss(u, jnp.ones(())) - log_scale)
    return _tail(u, log_scale), -N * du


def _log_gauss(d: Array, sigma: Real) -> Array:
    return -0.5 * (d / sigma) ** 2 - jnp.log(np.sqrt(2.0 * np.pi) * sigma)
