"""Integrals of a density over bins of one observable, whatever its form."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..core import AbstractDistribution, AbstractIntegrable, LikelyError, given_of
from ..distributions.at_columns import at_columns
from ..fit.separable import separable

Edges = dict[str, Float[Array, " _"]]
# Gauss-Legendre nodes in a bin, and in each of the panels of another observable.
IN_BIN, IN_PANEL, PANELS = 4, 8, 16
# Observables of a density that is integrated so: of four, two million points a bin.
MOST = 3


def bin_integrals(
    density: AbstractDistribution, name: str, axes: Edges
) -> Float[Array, " bins"]:
    r"""Return $\int_{bin} f(x)\,dx$ over bins of one observable and all other bins.

    Exact where the density splits into those of single observables; by Gauss-Legendre
    quadrature over two or three observables where it does not.

    Args:
        density: Whose parameters are numbers, and which is given no columns.
        name: Of the observable.
        axes: Edges of the bins of each observable.

    Raises:
        LikelyError: If it does not split and has more than three observables.
    """
    column, edges = _ordered(density, name, axes)
    if not splits(density):
        x, w = _nodes(edges[column], len(edges[column]) - 1, IN_BIN)
        values = _over_others(density, column, edges, x)
        return (w * values).reshape(-1, IN_BIN).sum(axis=1)
    total = jnp.zeros(len(edges[column]) - 1)
    for term in separable(density.terms(), len(edges)):
        P = term.probabilities(edges)
        total = total + term.coefficient * _others(P, column) * P[column]
    return total


def line_densities(
    density: AbstractDistribution, name: str, axes: Edges, x: Float[Array, " points"]
) -> Float[Array, " points"]:
    """Return the density of one observable, integrated over the bins of the others.

    Args:
        density: As `bin_integrals`.
        name: Of the observable.
        axes: Edges of the bins of each observable.
        x: Points in its range.

    Raises:
        LikelyError: As `bin_integrals`.
    """
    column, edges = _ordered(density, name, axes)
    if not splits(density):
        return _over_others(density, column, edges, x)
    total = jnp.zeros(len(x))
    for term in separable(density.terms(), len(edges)):
        scale = term.coefficient * _others(term.probabilities(edges), column)
        total = total + scale * term.densities(column, x)
    return total


def averaged(
    function: Callable[[AbstractDistribution], Float[Array, " n"]],
    density: AbstractDistribution,
    given: Float[Array, "rows columns"],
    weights: Float[Array, " rows"],
) -> Float[Array, " n"]:
    """Return a function of a density, averaged over the columns that it is given.

    Args:
        function: Of a density that is given nothing.
        density: Whose parameters are numbers.
        given: Values of the columns in the events, in the order of `given_of`.
        weights: Of the events; their sum is one.
    """
    names = given_of(density)
    if not names:
        return function(density)

    def of_event(row: tuple[Array, Array]) -> Array:
        values, weight = row
        columns = dict(zip(names, values, strict=True))
        return weight * function(at_columns(density, columns))

    parts = jax.lax.map(of_event, (given, weights), batch_size=64)
    return parts.sum(axis=0)


def splits(density: AbstractDistribution) -> bool:
    """Return whether each term is a product of densities of single observables."""
    return all(
        isinstance(factor.shape, AbstractIntegrable) and len(factor.columns) == 1
        for term in density.terms()
        for factor in term.factors
    )


def _over_others(
    density: AbstractDistribution,
    column: int,
    edges: list[Float[Array, " _"]],
    x: Float[Array, " points"],
) -> Float[Array, " points"]:
    dim = len(edges)
    if dim > MOST:
        raise LikelyError(
            f"`{type(density).__name__}` has {dim} observables and does not split into "
            f"densities of single ones; up to {MOST} can be projected."
        )
    others = [_nodes(e, PANELS, IN_PANEL) for i, e in enumerate(edges) if i != column]
    grids = jnp.meshgrid(*[nodes for nodes, _ in others], indexing="ij")
    points = [grid.ravel() for grid in grids]
    weights = jnp.ones(())
    for _, w in others:
        weights = weights[..., None] * w
    flat = weights.ravel()

    def at(value: Float[Array, ""]) -> Float[Array, ""]:
        columns = [jnp.broadcast_to(value, flat.shape)] if dim > 1 else [value[None]]
        ordered = [*points]
        ordered.insert(column, columns[0])
        events = jnp.stack(ordered, axis=1)
        return flat @ jnp.exp(jax.vmap(density.log_prob)(events))

    return jax.lax.map(at, x)


def _nodes(
    edges: Float[Array, " _"], panels: int, order: int
) -> tuple[Float[Array, " nodes"], Float[Array, " nodes"]]:
    """Return nodes and weights in each bin, or in equal panels from end to end."""
    t, w = np.polynomial.legendre.leggauss(order)
    if panels != len(edges) - 1:
        edges = jnp.linspace(edges[0], edges[-1], panels + 1)
    half = 0.5 * jnp.diff(edges)[:, None]
    centre = 0.5 * (edges[:-1] + edges[1:])[:, None]
    return (centre + half * t[None]).ravel(), (half * w[None]).ravel()


def _ordered(
    density: AbstractDistribution, name: str, axes: Edges
) -> tuple[int, list[Float[Array, " _"]]]:
    """Return the column of an observable and all edges, in the density's own order."""
    names = [o.name for o in density.observables]
    return names.index(name), [axes[n] for n in names]


def _others(probabilities: tuple[Array, ...], column: int) -> Array:
    """Return the probability that the other observables are in the bins."""
    parts = [P.sum() for i, P in enumerate(probabilities) if i != column]
    return jnp.stack(parts).prod() if parts else jnp.ones(())
