r"""The complementary error function in the logarithm, far out as well as near.

For $z \ge 0$, $(1 + 2z)\, e^{z^2} \operatorname{erfc}(z)$ is a polynomial of degree 25
in $y = (z - 3)/(z + 3)$, to a relative 1e-14; unlike the asymptotic series of
`jax.scipy.special.log_ndtr` it has derivatives of the same accuracy everywhere.

References:
    M. M. Shepherd and J. G. Laframboise, Math. Comp. 36 (1981) 249.
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy.special import erfcx

from .approximation import interpolant, polynomial

_SCALE = 3.0
_DEGREE = 25


def _scaled(y: np.ndarray) -> np.ndarray:
    z = _SCALE * (1.0 + y) / (1.0 - y)
    return (1.0 + 2.0 * z) * erfcx(z)


_COEFFICIENTS = interpolant(_scaled, _DEGREE)


def log_erfc(z: Float[Array, ""]) -> Float[Array, ""]:
    r"""Return $\log \operatorname{erfc}(z)$ for any $z$."""
    return log_erfc_times(z, -z * z, jnp.zeros_like(z))


def log_erfc_times(
    z: Float[Array, ""], square: Float[Array, ""], exponent: Float[Array, ""]
) -> Float[Array, ""]:
    r"""Return $\log(\operatorname{erfc}(z)\,e^p)$ where $z^2$ and $p$ may cancel.

    Args:
        z: Argument, of either sign.
        square: $p - z^2$, which is used where $z$ is positive.
        exponent: $p$, which is used where it is not.
    """
    negative = z < 0
    size = jnp.where(negative, -z, z)
    scaled = polynomial((size - _SCALE) / (size + _SCALE), _COEFFICIENTS)
    scaled = scaled / (1.0 + 2.0 * size)
    # erfc(-z) = 2 - erfc(z)
    near = jnp.where(negative, size, 0.0)
    mirrored = 2.0 - jnp.exp(-near * near) * scaled
    value = jnp.log(jnp.where(negative, mirrored, scaled))
    return value + jnp.where(negative, exponent, square)
