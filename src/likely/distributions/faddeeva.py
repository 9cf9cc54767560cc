r"""The Voigt function $K(x, y) = \operatorname{Re} w(x + iy)$ and its derivatives.

$w(z) = e^{-z^2} \operatorname{erfc}(-iz)$ is the trapezoidal rule for
$\frac{i}{\pi}\int e^{-t^2}/(z - t)\,dt$ with the contribution of the pole at $t = z$,
on nodes $t_k = (k + \frac12) h$ or $t_k = k h$, whichever keep away from the pole:

$$w(z) \approx \frac{2ih}{\pi} z \sum_k' \frac{e^{-t_k^2}}{z^2 - t_k^2}
  + \frac{2 e^{-z^2}}{1 + e^{-2i(\pi z/h - \pi j/2)}}, \qquad h = \sqrt{\pi/12}$$

with $j = [2x/h]$; the second term for $y < \pi/h$ only. All terms of $K$ are positive
where they matter, so twelve nodes give $K$ to a relative 1e-13 for all $x$ and all
$y \ge 0$, where `jax.scipy.special.wofz` (Weideman's series of 32 terms) has an
absolute error of 1e-13 and loses $K \approx y/(\sqrt\pi x^2)$ in the tails.

References:
    M. Al Azah and S. N. Chandler-Wilde, SIAM J. Numer. Anal. 59 (2021) 2346,
    arXiv:2010.05659; F. Matta and A. Reichel, Math. Comp. 25 (1971) 339.
"""

from functools import partial
from typing import NamedTuple, final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..core import runtime as runtime  # float64 is set before the first array is made

Real = Float[Array, ""]

NODES = 12
STEP = np.sqrt(np.pi / NODES)
_T2 = np.stack([((np.arange(NODES) + shift) * STEP) ** 2 for shift in (0.5, 0.0)])
_WEIGHT = 2.0 * STEP / np.pi * np.exp(-_T2)
_WEIGHT[1, 0] *= 0.5  # the node at zero is its own mirror image
# Beyond this |z|^2 the derivative is a series: -2 z w + 2i/sqrt(pi) cancels there.
_FAR = 1e3
_FAR_SERIES = (945 / 16, 105 / 8, 15 / 4, 3 / 2, 1.0)
_FAR_SERIES_2 = tuple(2.0 * (5 - k) * c for k, c in enumerate(_FAR_SERIES))
# exp(-x^2) is zero in float64 from here on.
_X_MAX = 27.3
# Below this, K is the Gaussian of a width of zero, and smaller than float64 can hold.
_TINY = 1e-300


def log_voigt_function(x: Real, y: Real) -> Real:
    r"""Return $\log K(x, y)$ for $y \ge 0$; it can be differentiated twice in both."""
    return _ratios(x, y).log_K


@final
class _Ratios(NamedTuple):
    r"""$\log K$, and the derivatives of $w = K + iL$ over $K$."""

    log_K: Real
    L: Real
    K1: Real
    L1: Real
    K2: Real
    L2: Real


@jax.custom_jvp
def _ratios(x: Real, y: Real) -> _Ratios:
    r"""Return $\log K$, $L/K$, and real and imaginary part of $w'/K$ and $w''/K$.

    These are closed under differentiation, so that the derivatives of $\log K$ need no
    further evaluation of $w$.
    """
    K, L = voigt_functions(x, y)
    far, K1_far, L1_far, K2_far, L2_far = _far_derivatives(x, y)
    # w' = -2 z w + 2i/sqrt(pi) and w'' = -2 (w + z w')
    K1 = jnp.where(far, K1_far, -2.0 * (x * K - y * L))
    L1 = jnp.where(far, L1_far, 2.0 / np.sqrt(np.pi) - 2.0 * (x * L + y * K))
    K2 = jnp.where(far, K2_far, -2.0 * (K + x * K1 - y * L1))
    L2 = jnp.where(far, L2_far, -2.0 * (L + x * L1 + y * K1))
    tiny = K < _TINY
    safe = jnp.where(tiny, 1.0, K)
    return _Ratios(
        jnp.where(tiny, y * y - x * x, jnp.log(safe)),
        jnp.where(tiny, 0.0, L / safe),
        jnp.where(tiny, -2.0 * x, K1 / safe),
        jnp.where(tiny, 0.0, L1 / safe),
        jnp.where(tiny, 4.0 * x * x - 2.0, K2 / safe),
        jnp.where(tiny, 0.0, L2 / safe),
    )


@_ratios.defjvp
def _ratios_jvp(
    at: tuple[Real, Real], towards: tuple[Real, Real]
) -> tuple[_Ratios, _Ratios]:
    (x, y), (dx, dy) = at, towards
    f = _ratios(x, y)
    # The third derivative of w is -2 z w'' - 4 w'.
    K3 = -2.0 * (x * f.K2 - y * f.L2) - 4.0 * f.K1
    L3 = -2.0 * (x * f.L2 + y * f.K2) - 4.0 * f.L1
    # d(f/K) = df/K - (f/K) dK/K, and dw = w' (dx + i dy)
    dK = f.K1 * dx - f.L1 * dy
    return f, _Ratios(
        dK,
        f.L1 * dx + f.K1 * dy - f.L * dK,
        f.K2 * dx - f.L2 * dy - f.K1 * dK,
        f.L2 * dx + f.K2 * dy - f.L1 * dK,
        K3 * dx - L3 * dy - f.K2 * dK,
        L3 * dx + K3 * dy - f.L2 * dK,
    )


# Traced once, and not again for every use and derivative.
@partial(jax.jit, inline=True)
def voigt_functions(x: Real, y: Real) -> tuple[Real, Real]:
    r"""Return $K$ and $L$ of $w(x + iy) = K + iL$ for $y \ge 0$."""
    x2, y2 = x * x, y * y
    j = jnp.round(x * (2.0 / STEP))
    halves = _is_even(j)
    # 1/(z^2 - t^2) has real part (x^2 - y^2 - t^2)/D and imaginary part -2xy/D.
    first, second = jnp.zeros_like(x2), jnp.zeros_like(x2)
    for k in range(NODES):
        t2 = jnp.where(halves, _T2[0, k], _T2[1, k])
        difference = x2 - y2 - t2
        D = difference * difference + 4.0 * x2 * y2
        part = jnp.where(halves, _WEIGHT[0, k], _WEIGHT[1, k]) / D
        first, second = first + part, second + t2 * part
    first = (x2 + y2) * first
    pole_real, pole_imaginary, scale = _pole(x, y, j)
    # Ending in a division, which XLA does not repeat for each use of the result.
    K = (y * (first + second) * scale + pole_real) / scale
    L = (x * (first - second) * scale + pole_imaginary) / scale
    return K, L


def _pole(x: Real, y: Real, j: Real) -> tuple[Real, Real, Real]:
    r"""Return the pole's term as numerator, real and imaginary, and denominator.

    With $q e^{i\theta} = e^{2i(\pi z/h - \pi j/2)}$, $|\theta| \le \pi/2$, it is
    $2e^{-z^2} q e^{i\theta} (1 + q e^{-i\theta}) / |1 + q e^{i\theta}|^2$.
    """
    matters = (y < np.pi / STEP) & (jnp.abs(x) < _X_MAX)
    x, y, j = (jnp.where(matters, value, 0.0) for value in (x, y, j))
    q = jnp.exp((-2.0 * np.pi / STEP) * y)
    sin, cos = _sin_cos((2.0 * np.pi / STEP) * x - np.pi * j)
    turns = jnp.round((2.0 / np.pi) * x * y)
    sin_z, cos_z = _sin_cos(2.0 * x * y - np.pi * turns)
    size = jnp.where(matters, 2.0 * q * jnp.exp(y * y - x * x), 0.0)
    size = jnp.where(_is_even(turns), size, -size)
    real, imaginary = size * (cos + q), size * sin
    denominator = 1.0 + q * (2.0 * cos + q)
    return (
        cos_z * real + sin_z * imaginary,
        cos_z * imaginary - sin_z * real,
        denominator,
    )


@partial(jax.jit, inline=True)
def _far_derivatives(x: Real, y: Real) -> tuple[Array, Real, Real, Real, Real]:
    r"""Return whether $z$ is far, and real and imaginary part of $w'$ and $w''$ if so.

    $w' = -\frac{i}{\sqrt\pi}(z^{-2} + \frac32 z^{-4} + \frac{15}4 z^{-6} + \dots)$.
    """
    size2 = x * x + y * y
    far = size2 > _FAR
    inverse = 1.0 / jnp.where(far, size2, 1.0)
    re, im = x * inverse, -y * inverse
    re2, im2 = re * re - im * im, 2.0 * re * im
    first = _complex_series(re2, im2, _FAR_SERIES)
    second = _complex_series(re2, im2, _FAR_SERIES_2)
    a, b = second[0] * re - second[1] * im, second[0] * im + second[1] * re
    return far, first[1], -first[0], -b, a


def _complex_series(
    re: Real, im: Real, coefficients: tuple[float, ...]
) -> tuple[Real, Real]:
    r"""Return $\frac{1}{\sqrt\pi} \sum_k c_k u^{k+1}$, the last coefficient first."""
    a, b = jnp.zeros_like(re), jnp.zeros_like(re)
    for coefficient in coefficients:
        a = a + coefficient / np.sqrt(np.pi)
        a, b = a * re - b * im, a * im + b * re
    return a, b


def _sin_cos(angle: Real) -> tuple[Real, Real]:
    r"""Return sine and cosine for $|angle| \le \pi/2$.

    XLA calls the C library for each event; the Taylor series, good to 3e-16 here,
    is eight times faster.
    """
    square = angle * angle
    return angle * _horner(square, _SINE), _horner(square, _COSINE)


def _factors(first: int, count: int) -> tuple[float, ...]:
    """Return the Taylor coefficients $(-1)^k / (2k + first)!$."""
    terms = [1.0]
    for n in range(first + 1, first + 2 * count, 2):
        terms.append(-terms[-1] / (n * (n + 1)))
    return tuple(terms)


_SINE, _COSINE = _factors(1, 9), _factors(0, 10)


def _horner(variable: Real, coefficients: tuple[float, ...]) -> Real:
    total = coefficients[-1] * jnp.ones_like(variable)
    for coefficient in reversed(coefficients[:-1]):
        total = total * variable + coefficient
    return total


def _is_even(whole: Real) -> Array:
    return 0.5 * whole == jnp.floor(0.5 * whole)
