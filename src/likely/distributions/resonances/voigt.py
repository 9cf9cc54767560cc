"""The Voigt profile: a Breit-Wigner peak smeared by a Gaussian resolution."""

from typing import final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ...core import Observable, Scalar
from ..arguments import check_arguments, number
from ..faddeeva import log_voigt_function
from ..numeric_shape import AbstractNumericShape


@final
class Voigt(AbstractNumericShape):
    r"""Voigt profile, $s(x) = \operatorname{Re} w(z)$, $z = \frac{x - \mu +
    i\Gamma/2}{\sqrt2\,\sigma}$, the convolution of Breit-Wigner and Gaussian.

    The smearing is that of the whole axis; the range truncates the smeared peak.

    Args:
        observable: What is measured; its unit is that of all arguments.
        mu: Peak position.
        width: $\Gamma$, full width at half maximum of the Breit-Wigner, positive.
        sigma: Standard deviation of the Gaussian, positive.

    Raises:
        LikelyError: If an argument is of another type, or a width is not positive.

    References:
        Width of the profile: J. J. Olivero and R. L. Longbothum, JQSRT 17 (1977) 233.
    """  # noqa: D205

    observable: Observable = eqx.field(static=True)
    mu: Scalar
    width: Scalar
    sigma: Scalar

    def __check_init__(self) -> None:
        check_arguments(self, positive=("width", "sigma"))

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        scale = np.sqrt(0.5) / number(self.sigma)
        y = 0.5 * number(self.width) * scale
        return log_voigt_function((m - number(self.mu)) * scale, y)

    def peak(self) -> tuple[Float[Array, ""], Float[Array, ""]]:
        width = number(self.width)
        smearing = np.sqrt(8.0 * np.log(2.0)) * number(self.sigma)
        root = jnp.sqrt(0.2166 * width**2 + smearing**2)
        return number(self.mu), 0.5 * (0.5346 * width + root)
