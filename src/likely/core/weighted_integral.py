"""Integrals as weighted sums over chunks of nodes, with two derivatives."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from .quadrature import log_sum
from .stages import channels, split_channels

# Of a number of a chunk: its nodes, along the first axis, and the logs of the weights.
Chunks = Callable[[Array], tuple[Float[Array, "nodes ..."], Float[Array, " nodes"]]]


def log_chunked_integral(
    log_function: Any,
    arguments: Float[Array, " n"],
    chunks: Chunks,
    count: Int[Array, ""] | int,
    *,
    order: int,
) -> tuple[Array, ...]:
    r"""Return $\log \sum_i w_i e^{g(x_i)}$ and its derivatives, for `staged`.

    Chunks are visited one after the other, so that their values stay in the cache.
    Where $g$ is not a number the integrand counts as zero.

    Args:
        log_function: $g$, of a tuple of scalars and a node.
        arguments: The scalars.
        chunks: The nodes.
        count: How many chunks there are.
        order: Of the highest derivative: 0, 1 or 2.
    """
    n = arguments.shape[0]
    scalars = tuple(arguments[i] for i in range(n))

    def add(i: Array, total: Float[Array, ""]) -> Float[Array, ""]:
        x, log_weights = chunks(i)
        logs = jax.vmap(lambda m: log_function(scalars, m))(x)
        logs = jnp.where(jnp.isnan(logs), -jnp.inf, logs) + log_weights
        return jnp.logaddexp(total, log_sum(logs))

    log_integral = jax.lax.fori_loop(0, count, add, jnp.asarray(-jnp.inf))
    if order == 0:
        return (log_integral,)
    # With an integral of zero there is nothing to divide by, and no derivative.
    scale = jnp.where(jnp.isfinite(log_integral), log_integral, 0.0)

    def add_derivatives(i: Array, totals: tuple[Array, ...]) -> tuple[Array, ...]:
        x, log_weights = chunks(i)
        found = jax.vmap(
            lambda m: channels(lambda a: log_function(a, m), scalars, order), out_axes=1
        )(x)
        logs, *rest = split_channels(found, n, order)
        absent = ~(logs + log_weights > -jnp.inf)
        share = jnp.where(absent, 0.0, jnp.exp(log_weights + logs - scale))
        first, *second = (jnp.where(absent, 0.0, part) for part in rest)
        new = [first @ share]
        if second:
            new.append((second[0] + first[:, None] * first[None]) @ share)
        return tuple(t + m for t, m in zip(totals, new, strict=True))

    start = (jnp.zeros(n), jnp.zeros((n, n)))[:order]
    totals = jax.lax.fori_loop(0, count, add_derivatives, start)
    if order == 1:
        return log_integral, totals[0]
    return log_integral, totals[0], totals[1] - jnp.outer(totals[0], totals[0])


def log_tensor_integral(
    log_function: Any,
    arguments: Float[Array, " n"],
    axes: Sequence[tuple[np.ndarray, np.ndarray]],
    *,
    order: int,
) -> tuple[Array, ...]:
    """Return the integral by a rule that is a product of rules along each axis.

    Args:
        log_function: Of a tuple of scalars and a vector.
        arguments: The scalars.
        axes: Nodes and weights along each component of the vector; weights of zero
            are left out.
        order: Of the highest derivative: 0, 1 or 2.
    """
    kept = [(at[weights > 0], weights[weights > 0]) for at, weights in axes]
    (outer, outer_weights), *inner = kept
    grids = np.meshgrid(*[at for at, _ in inner], indexing="ij")
    grid = np.stack([g.ravel() for g in grids], axis=1) if inner else np.zeros((1, 0))
    products = np.meshgrid(*[np.log(w) for _, w in inner], indexing="ij")
    logs = jnp.asarray(np.sum(products, axis=0).ravel() if inner else np.zeros(1))
    places, log_outer = jnp.asarray(outer), jnp.asarray(np.log(outer_weights))

    def chunk(i: Array) -> tuple[Array, Array]:
        first = jnp.full((grid.shape[0], 1), places[i])
        return jnp.concatenate([first, jnp.asarray(grid)], axis=1), logs + log_outer[i]

    return log_chunked_integral(log_function, arguments, chunk, len(outer), order=order)
