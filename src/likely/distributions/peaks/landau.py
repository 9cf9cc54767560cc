r"""Landau's distribution of the energy loss in a thin layer.

$p(\lambda)$ is a polynomial, in the variable in which it is one, in each of three
intervals; the polynomials are made below from the integral itself. With
$u = e^{\lambda + 1}$ and $w + \log w = \lambda$, shifting the contour to the saddle
point and stretching the variable give

$$p = \frac{e^{-1/u}}{\pi u} \int_0^\infty
  \operatorname{Re} e^{[(1 + iv) \log(1 + iv) - iv]/u}\,dv
  = \frac{1}{\pi w} \int_0^\infty e^{-s - (s/w) \log s} \sin\frac{\pi s}{w}\,ds,$$

so that $\sqrt u\,e^{1/u} p$ is smooth down to $u = 0$ and $w^2 p$ down to $1/w = 0$.
"""

from typing import final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.polynomial import chebyshev

from ...core import Observable, Scalar
from ..approximation import interpolant, polynomial
from ..arguments import check_arguments, number
from ..unimodal_shape import AbstractUnimodalShape

# Limits of the three intervals in lambda, and degree in each: the error is 1e-13.
_LOW, _HIGH = -1.0, 3.0
_DEGREES = (27, 20, 24)
# So far on the left the density is exp(-exp(300)); no square of a slope overflows.
_STEEPEST = -300.0
_MODE = -0.22278298


@final
class Landau(AbstractUnimodalShape):
    r"""Landau, $s(x) = p((x-\mu)/\sigma)$.

    $$p(\lambda) = \frac1\pi \int_0^\infty e^{-\lambda t - t \log t} \sin(\pi t)\,dt$$

    In this convention, that of CERNLIB, TMath::Landau and RooLandau, the peak is at
    $\mu - 0.22278\,\sigma$ and the full width at half maximum is $4.0186\,\sigma$.

    Args:
        observable: What is measured; its unit is that of `mu` and `sigma`.
        mu: Location, a little above the most probable value.
        sigma: Scale, positive; mean and standard deviation do not exist.

    Raises:
        LikelyError: If an argument is of another type or `sigma` is not positive.

    References:
        L. Landau, J. Phys. USSR 8 (1944) 201; K. S. Kölbig and B. Schorr, Comput. Phys.
        Commun. 31 (1984) 97.
    """

    observable: Observable = eqx.field(static=True)
    mu: Scalar
    sigma: Scalar

    def __check_init__(self) -> None:
        check_arguments(self, positive=("sigma",))

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        return _log_p((m - number(self.mu)) / number(self.sigma))

    def near_peak(self) -> Float[Array, ""]:
        return number(self.mu) + _MODE * number(self.sigma)


def _log_p(at: Float[Array, ""]) -> Float[Array, ""]:
    r"""Return $\log p(\lambda)$."""
    low, high = at < _LOW, at > _HIGH
    left = jnp.where(low, jnp.maximum(at, _STEEPEST), _LOW)
    u = jnp.exp(left + 1.0)
    log_left = polynomial(2.0 * u - 1.0, _LEFT) - jnp.exp(-left - 1.0)
    log_left = log_left - 0.5 * (left + 1.0)
    middle = jnp.where(low | high, 0.0, at)
    log_middle = polynomial(_scaled(middle), _MIDDLE)
    right = jnp.where(high, at, _HIGH)
    w = right - jnp.log(right) * right / (right + 1.0)
    w = w * (1.0 + right - jnp.log(w)) / (1.0 + w)
    log_right = polynomial(2.0 * _W_HIGH / w - 1.0, _RIGHT) - 2.0 * jnp.log(w)
    return jnp.where(low, log_left, jnp.where(high, log_right, log_middle))


def _scaled(at: Array) -> Array:
    """Return the middle interval's variable, from -1 to 1."""
    return (at - 0.5 * (_LOW + _HIGH)) / (0.5 * (_HIGH - _LOW))


def _saddle_point(u: np.ndarray) -> np.ndarray:
    r"""Return $\log(\sqrt u\,e^{1/u} p)$ by the trapezoidal rule."""
    depth = 1.0 / np.maximum(u, 1e-300)[:, None]
    end = 1.2 * (np.sqrt(90.0 / depth) + 90.0 / (np.pi * depth))
    v = 1j * end * np.linspace(0.0, 1.0, 4001)
    integrand = np.real(np.exp(depth * ((1.0 + v) * np.log1p(v) - v)))
    integral = np.trapezoid(integrand, dx=1.0 / 4000, axis=1) * end[:, 0]
    return np.log(np.sqrt(depth[:, 0]) * integral / np.pi)


def _stretched(w: np.ndarray) -> np.ndarray:
    r"""Return $\log(w^2 p)$ by the trapezoidal rule in $\log s$."""
    log_s, step = np.linspace(-45.0, 5.0, 6001, retstep=True)
    s = np.exp(log_s)
    integrand = s * np.exp(-s * (1.0 + log_s / w[:, None]))
    integrand = integrand * np.sin(np.pi * s / w[:, None]) * w[:, None] / np.pi
    return np.log(integrand.sum(axis=1) * step)


def _middle(y: np.ndarray) -> np.ndarray:
    at = 0.5 * (_LOW + _HIGH) + 0.5 * (_HIGH - _LOW) * y
    return _saddle_point(np.exp(at + 1.0)) - np.exp(-at - 1.0) - 0.5 * (at + 1.0)


def _approximate_w(at: np.ndarray) -> np.ndarray:
    """Return w as it is computed for an event: to 3e-5, in one step of Newton's."""
    w = at - np.log(at) * at / (at + 1.0)
    return w * (1.0 + at - np.log(w)) / (1.0 + w)


def _right(degree: int) -> np.ndarray:
    """Return the coefficients of the right interval, in the approximate 1/w."""
    # From beyond the interval's edge, so that it is not the fit's own edge.
    nodes = 0.5 * (1.0 + chebyshev.chebpts1(4 * degree))
    w = 1.0 / np.maximum(nodes * 1.005 / _W_HIGH, 1e-12)
    approximate = _approximate_w(w + np.log(w))
    value = _stretched(w) - 2.0 * np.log(w / approximate)
    y = 2.0 * _W_HIGH / approximate - 1.0
    return chebyshev.cheb2poly(chebyshev.chebfit(y, value, degree))


_W_HIGH = float(_approximate_w(np.array([_HIGH]))[0])
_LEFT = interpolant(lambda y: _saddle_point(0.5 * (y + 1.0)), _DEGREES[0])
_MIDDLE = interpolant(_middle, _DEGREES[1])
_RIGHT = _right(_DEGREES[2])
