"""Terms of a density taken apart into one shape an observable, for integrals."""

from collections.abc import Sequence
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..core import AbstractIntegrable, LikelyError, Term


@final
class SeparableTerm(eqx.Module):
    r"""One term of a density, $c \prod_j f_j(x_j)$, each $f_j$ normalised.

    Args:
        coefficient: $c$.
        shapes: $f_j$, one an observable, in their order.
    """

    coefficient: Float[Array, ""]
    shapes: tuple[AbstractIntegrable, ...]

    def probabilities(
        self, edges: Sequence[Float[Array | np.ndarray, " _"]]
    ) -> tuple[Float[Array, " _"], ...]:
        r"""Return $\int_{bin} f_j(x_j)\,dx_j$ of adjacent bins, for each observable.

        Args:
            edges: Of the bins of each observable, inside its range.
        """
        return tuple(
            _probabilities(shape, jnp.asarray(e[:-1]), jnp.asarray(e[1:]))
            for shape, e in zip(self.shapes, edges, strict=True)
        )

    def densities(
        self, column: int, x: Float[Array, " points"]
    ) -> Float[Array, " points"]:
        """Return the density of one observable, $f_j(x_j)$, at points in its range."""
        shape = self.shapes[column]
        log_norm = shape.log_norm()
        zero = log_norm == -jnp.inf
        logs = jax.vmap(shape.log_shape)(x[:, None])
        return jnp.where(zero, 0.0, jnp.exp(logs - jnp.where(zero, 0.0, log_norm)))


def separable(terms: Sequence[Term], dim: int) -> tuple[SeparableTerm, ...]:
    """Take terms apart.

    Args:
        terms: Of a density whose parameters are numbers.
        dim: Number of its observables.

    Raises:
        LikelyError: If a factor is of several observables, or of none.
    """
    return tuple(_separated(term, dim) for term in terms)


def _separated(term: Term, dim: int) -> SeparableTerm:
    shapes: dict[int, AbstractIntegrable] = {}
    for factor in term.factors:
        shape = factor.shape
        if not isinstance(shape, AbstractIntegrable):
            raise LikelyError(
                f"a model with `{type(shape).__name__}`, which does not split into "
                "densities of single observables, cannot be projected or binned."
            )
        shapes[factor.columns[0]] = shape
    if sorted(shapes) != list(range(dim)):
        missing = sorted(set(range(dim)) - set(shapes))
        raise LikelyError(
            f"a term of the model has no density of observable number {missing[0]}, so "
            "it has no integral over bins of it."
        )
    ordered = tuple(shapes[column] for column in range(dim))
    log_norms = jnp.stack([shape.log_norm() for shape in ordered])
    # A shape that is zero on the whole range (ARGUS that ends below it) adds nothing;
    # its scale is infinite.
    zero = (log_norms == -jnp.inf).any()
    log_scale = jnp.where(zero, 0.0, term.log_scale + log_norms.sum())
    coefficient = jnp.where(zero, 0.0, term.coefficient * jnp.exp(log_scale))
    return SeparableTerm(coefficient, ordered)


def _probabilities(
    shape: AbstractIntegrable,
    lower: Float[Array, " bins"],
    upper: Float[Array, " bins"],
) -> Float[Array, " bins"]:
    log_norm = shape.log_norm()
    zero = log_norm == -jnp.inf
    logs = jax.vmap(shape.log_integral)(lower, upper)
    return jnp.where(zero, 0.0, jnp.exp(logs - jnp.where(zero, 0.0, log_norm)))
