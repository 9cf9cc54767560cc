r"""Ratios that are regular at zero, though their parts are not, with two derivatives.

Below 0.02 each is its Taylor series, whose first term left out is under 1e-17 there;
above, the division loses no more than $10^{-16}/0.02^2$ of a second derivative.
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .approximation import polynomial

_SMALL = 0.02
_LOG1P = np.array([(-1.0) ** k / (k + 1) for k in range(11)])
_ARCSINH = np.array([1.0, -1 / 6, 3 / 40, -15 / 336, 105 / 3456])


def log1p_ratio(y: Float[Array, ""]) -> Float[Array, ""]:
    r"""Return $\log(1 + y)/y$ for $y > -1$."""
    small = jnp.abs(y) < _SMALL
    far = jnp.where(small, 1.0, y)
    near = polynomial(jnp.where(small, y, 0.0), _LOG1P)
    return jnp.where(small, near, jnp.log1p(far) / far)


def arcsinh_ratio(y: Float[Array, ""]) -> Float[Array, ""]:
    r"""Return $\operatorname{asinh}(y)/y$."""
    small = jnp.abs(y) < _SMALL
    far = jnp.where(small, 1.0, y)
    near = polynomial(jnp.where(small, y * y, 0.0), _ARCSINH)
    return jnp.where(small, near, jnp.arcsinh(far) / far)


def expm1_ratio(y: Float[Array, ""]) -> Float[Array, ""]:
    r"""Return $(e^y - 1)/y$; its derivatives at zero are not needed."""
    safe = jnp.where(y == 0, 1.0, y)
    return jnp.where(y == 0, 1.0, jnp.expm1(safe) / safe)
