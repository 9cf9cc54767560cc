"""What a likelihood needs of a density: terms whose event-independent part is apart.

Normalisations, fractions and yields do not depend on the event. Kept out of the loop
over events they cost nothing there, however many quadrature points they take, and
the exact Hessian of a sum of terms needs second derivatives only inside each factor.
"""

import abc

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from . import runtime as runtime  # float64 is set before the first array is made


class AbstractFactor(eqx.Module):
    """A density's dependence on the event, up to a constant factor."""

    @abc.abstractmethod
    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        """Return the logarithm of the density at one event, less a constant."""


class Factor(eqx.Module):
    """One factor of a term, and the columns of the event that it reads."""

    shape: AbstractFactor
    columns: tuple[int, ...] = eqx.field(static=True)

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        """Return the logarithm of the shape at one event of the whole model."""
        return self.shape.log_shape(jnp.stack([x[c] for c in self.columns]))


class Term(eqx.Module):
    r"""One term of a density: $t(x) = s + \sum_j \log f_j(x)$.

    Args:
        log_scale: $s$, the logarithm of everything that is not of the event.
        factors: The shapes $f_j$.
    """

    log_scale: Float[Array, ""]
    factors: tuple[Factor, ...]
