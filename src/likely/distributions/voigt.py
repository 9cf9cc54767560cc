"""The Voigt profile: a Breit-Wigner peak smeared by a Gaussian resolution."""

from typing import final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..core import Observable, Scalar
from .arguments import check_arguments
from .faddeeva import log_voigt_function
from .numeric_shape import AbstractNumericShape


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
        scale = np.sqrt(0.5) / self.sigma
        y = jnp.asarray(0.5 * self.width * scale, float)
        return log_voigt_function((m - self.mu) * scale, y)

    def peak(self) -> tuple[Float[Array, ""], Float[Array, ""]]:
        full = np.sqrt(8.0 * np.log(2.0)) * self.sigma
        root = jnp.sqrt(0.2166 * self.width**2 + full**2)
        return jnp.asarray(self.mu, float), 0.5 * (0.5346 * self.width + root)
