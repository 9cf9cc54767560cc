"""Panels of an interval that are halved where a function needs it."""

from collections.abc import Callable
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from . import runtime as runtime  # float64 is set before the first array is made
from .quadrature import GAUSS, KRONROD, NODES, LogFunction, log_sum

Measure = Callable[[Float[Array, ""], Float[Array, ""]], tuple[Array, Array]]


@final
class Panels(eqx.Module):
    """Panels in rising order; those beyond `count` are empty, at the upper end.

    Args:
        edges: Their edges, not falling.
        count: How many of them are not empty.
        log_error: Logarithm of the largest error left, as the measure has it.
    """

    edges: Float[Array, " edges"]
    count: Int[Array, ""]
    log_error: Float[Array, ""]


def refined(
    measure: Measure,
    edges: Float[Array, " edges"],
    *,
    log_tolerance: float,
    most: int,
    floor: float = 0.0,
    of_total: bool = False,
) -> Panels:
    """Return panels that are halved, the worst first, until all are good enough.

    A constant as far as derivatives go: `measure` must depend on no variable of a
    derivative; freeze what it uses by `jax.lax.stop_gradient`.

    Args:
        measure: The logarithms of error and mass of the panel between two numbers.
        edges: Of the panels at the start, in any order.
        log_tolerance: Logarithm of the error at which a panel is good enough.
        most: Number of panels at which it ends.
        floor: Zero if the error is to be as it is; else it counts relative to the
            mass, but in panels of a lower density than this part of the highest
            relative to that part.
        of_total: Whether the error counts relative to the mass of all panels.
    """
    edges, count = _apart(jax.lax.stop_gradient(edges))
    first = edges.shape[0] - 1
    room = max(most, first)
    padding = jnp.full(room - first, edges[-1])
    both = jax.vmap(measure)

    def scores(state: Any) -> Float[Array, " room"]:
        low, high, log_error, log_mass, _ = state
        if floor:
            log_width = jnp.log(jnp.maximum(high - low, 1e-300))
            top = jnp.max(log_mass - log_width)
            least = np.log(floor) + log_width + jnp.where(top > -jnp.inf, top, 0.0)
            log_error = log_error - jnp.maximum(log_mass, least)
        if of_total:
            log_error = log_error - log_sum(log_mass)
        # An empty panel, or one that rounding cannot halve, is as good as it gets.
        middle = 0.5 * (low + high)
        whole = (middle > low) & (middle < high)
        return jnp.where(whole & ~jnp.isnan(log_error), log_error, -jnp.inf)

    def unfinished(state: Any) -> Array:
        return (state[-1] < room) & (jnp.max(scores(state)) > log_tolerance)

    def halve(state: Any) -> Any:
        low, high, _, _, count = state
        worst = jnp.argmax(scores(state))
        middle = 0.5 * (low[worst] + high[worst])
        ends = jnp.stack([low[worst], middle]), jnp.stack([middle, high[worst]])
        error, mass = both(*ends)
        # The left half takes the place of the whole, the right half one at the end.
        rows = [
            _put(_put(row, new[0], worst), new[1], count)
            for row, new in zip(state[:4], (*ends, error, mass), strict=True)
        ]
        return *rows, count + 1

    error, mass = both(edges[:-1], edges[1:])
    nothing = jnp.full(room - first, -jnp.inf)
    state = (
        jnp.concatenate([edges[:-1], padding]),
        jnp.concatenate([edges[1:], padding]),
        jnp.concatenate([error, nothing]),
        jnp.concatenate([mass, nothing]),
        count,
    )
    state = jax.lax.while_loop(unfinished, halve, state)
    found = jnp.append(jnp.sort(state[0]), edges[-1])
    return Panels(found, state[-1], jnp.max(scores(state)))


def _apart(edges: Float[Array, " edges"]) -> tuple[Array, Int[Array, ""]]:
    """Return the edges with those that coincide moved to the end, and the panels."""
    edges = jnp.sort(edges)
    again = jnp.append(False, edges[1:] == edges[:-1])
    return jnp.sort(jnp.where(again, edges[-1], edges)), (~again).sum() - 1


def _put(
    row: Float[Array, " room"], value: Float[Array, ""], place: Int[Array, ""]
) -> Float[Array, " room"]:
    # A scatter takes a second to compile.
    return jax.lax.dynamic_update_index_in_dim(row, value, place, 0)


def integration_error(log_function: LogFunction) -> Measure:
    r"""Return the measure of $\int e^{g(x)}\,dx$: Kronrod's rule against Gauss's.

    Where $g$ is not a number the integrand counts as zero.
    """

    def measure(low: Float[Array, ""], high: Float[Array, ""]) -> tuple[Array, Array]:
        half = 0.5 * (high - low)
        logs = jax.vmap(log_function)(low + half * (1.0 + NODES))
        logs = jnp.where(jnp.isnan(logs), -jnp.inf, logs)
        top = jnp.max(logs)
        values = jnp.exp(logs - jnp.where(jnp.isfinite(top), top, 0.0))
        mass = values @ KRONROD
        scale = top + jnp.log(half)
        error = jnp.abs(mass - values @ GAUSS)
        return scale + jnp.log(error), scale + jnp.log(mass)

    return measure
