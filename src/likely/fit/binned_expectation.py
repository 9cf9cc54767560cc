"""What a model expects in each bin, as a function of the free parameters."""

from typing import TypeAlias, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .program import Program
from .separable import separable

# Of each term its coefficient, and the probabilities of the bins of each axis.
Parts: TypeAlias = tuple[tuple[Array, tuple[Array, ...]], ...]


@final
class BinnedExpectation(eqx.Module):
    r"""Events in the bins of a histogram, $\mu_b = \nu \int_b f(x)\,dx$.

    The integral is exact: a sum over terms of products over axes. Of a model that is
    not extended $\nu = 1$, and $\mu_b$ is a probability.

    Args:
        program: Of the model and its constraints.
        edges: Bin edges of each observable, in the model's order.
    """

    program: Program
    edges: tuple[Float[Array | np.ndarray, " _"], ...]

    def parts(self, x: Float[Array, " free"]) -> Parts:
        """Return what the expectation is made of; see `Parts`."""
        terms = separable(self.program.terms(x), len(self.edges))
        return tuple((t.coefficient, t.probabilities(self.edges)) for t in terms)


def expected(parts: Parts) -> Float[Array, "*bins"]:
    r"""Return $\mu_b = \sum_k c_k \prod_j P_{kj}(b_j)$."""
    return sum((c * over_axes(P) for c, P in parts), start=jnp.zeros(()))


def over_axes(probabilities: tuple[Float[Array, " _"], ...]) -> Float[Array, "*bins"]:
    """Return the outer product of the probabilities along each axis."""
    dim = len(probabilities)
    product = jnp.ones((1,) * dim)
    for axis, P in enumerate(probabilities):
        product = product * P.reshape([-1 if i == axis else 1 for i in range(dim)])
    return product
