"""Polynomials in place of functions that are slow to compute for every event."""

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.polynomial import chebyshev

from ..core import runtime as runtime  # float64 is set before the first array is made


def interpolant(
    function: Callable[[np.ndarray], np.ndarray], degree: int
) -> np.ndarray:
    """Return the coefficients of a function's Chebyshev interpolant on [-1, 1].

    They are those of the powers. For the few dozen at which the series has converged
    that loses no digit: the coefficients fall faster than the powers' conversion grows.
    """
    nodes = chebyshev.chebpts1(degree + 1)
    return chebyshev.cheb2poly(chebyshev.chebfit(nodes, function(nodes), degree))


def polynomial(x: Float[Array, ""], coefficients: np.ndarray) -> Float[Array, ""]:
    r"""Return $\sum_k c_k x^k$ by Horner's rule."""
    total = coefficients[-1] * jnp.ones_like(x)
    for coefficient in coefficients[-2::-1]:
        total = total * x + coefficient
    return total
