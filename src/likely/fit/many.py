r"""Many fits of one model as one compiled program, a status for each.

Fits to few events run side by side in one batch, since then the work outside the sum
over events is shared; fits to many events run one behind the other, each with its
events in the cache. The devices share the fits.
"""

from functools import partial
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Key

from ..core import AbstractGenerator
from .batches import in_batches, likelihoods, values_at_minimum
from .generation import block_size
from .trust_region import CONVERGED, RADIUS, RUNNING, Box, State, advance

# Events that a batch of fits holds together: its arrays stay in the cache.
BATCH_EVENTS = 8192
LARGEST_BATCH = 64
TOLERANCE = 1e-6
MAX_STEPS = 100


@final
class ManyFits(eqx.Module):
    """The ends of many fits.

    Args:
        x: The free parameters at the minimum.
        value: Minus the log-likelihood there.
        hessian: Its second derivatives.
        gradient: Its first ones.
        code: Why the minimiser stopped; see `trust_region`.
        n_events: Events of each data set.
        held_value: Smallest value with a set of parameters held, set by set.
        held_code: Why that fit stopped.
    """

    x: Float[Array, "*fits free"]
    value: Float[Array, "*fits"]
    hessian: Float[Array, "*fits free free"]
    gradient: Float[Array, "*fits free"]
    code: Int[Array, "*fits"]
    n_events: Int[Array, "*fits"]
    held_value: Float[Array, "*fits sets"]
    held_code: Int[Array, "*fits sets"]


def batch_size(generator: AbstractGenerator) -> int:
    """Return how many fits run side by side on a device."""
    size = block_size(generator.room)
    if generator.room > size:
        return 1
    return int(np.clip(BATCH_EVENTS // size, 1, LARGEST_BATCH))


@partial(jax.jit, static_argnames=("batch",))
def fit_toys(
    generator: AbstractGenerator,
    keys: Key[Array, " fits"],
    numbers: Int[Array | np.ndarray, " fits *parts"],
    box: Box,
    start: Float[Array | np.ndarray, " free"],
    *,
    held: Bool[Array | np.ndarray, "sets free"],
    batch: int,
) -> ManyFits:
    r"""Draw a data set for each key and fit it, from `start`.

    Each is fitted again with each set of parameters held at `start`: the true values,
    if that is what the start is, so that $2\,(-\log L_{held} + \log L) \le 1$ says
    whether the MINOS interval of a parameter covers its true value.

    Args:
        generator: Draws the data sets.
        keys: One a data set; a multiple of `batch` times the number of devices.
        numbers: Of events, likewise; one a part where the data have several parts.
        box: Limits and scale of the parameters.
        start: Where each fit starts.
        held: Sets of parameters that are held in a further fit.
        batch: Fits side by side.
    """

    def one_batch(arguments: Any, keys: Any, numbers: Any) -> ManyFits:
        generator, box, start, held = arguments
        return _fit_batch(generator, keys, numbers, box, start, held)

    arguments = generator, box, start, held
    return in_batches(one_batch, arguments, keys, numbers, batch=batch)


def _fit_batch(
    generator: AbstractGenerator,
    keys: Key[Array, " fits"],
    numbers: Int[Array, " fits *parts"],
    box: Box,
    start: Float[Array, " free"],
    held: Bool[Array, "sets free"],
) -> ManyFits:
    data = jax.vmap(generator.data)(keys, numbers)
    evaluate = likelihoods(generator, data)

    def stage(best: Float[Array, "fits free"], held: Bool[Array, " free"]) -> Any:
        """Fit from the best point so far, with some parameters at their true value."""
        inside = eqx.tree_at(lambda b: b.held, box, held)
        end = descend(evaluate, inside, jnp.where(held, start, best))
        # The first stage holds nothing: its end is where the others start.
        return jnp.where(held.any(), best, end.x), end

    first = jnp.broadcast_to(start, (len(numbers), len(start)))
    nothing = jnp.zeros((1, len(start)), bool)
    _, ends = jax.lax.scan(stage, first, jnp.concatenate([nothing, held]))
    done, value = ends.code == CONVERGED, values_at_minimum(ends)
    return ManyFits(
        x=jnp.where(done[0][:, None], ends.trial[0], ends.x[0]),
        value=value[0],
        hessian=ends.hessian[0],
        gradient=ends.gradient[0],
        code=ends.code[0],
        n_events=numbers.reshape(len(numbers), -1).sum(axis=1),
        held_value=value[1:].T,
        held_code=ends.code[1:].T,
    )


def descend(evaluate: Any, box: Box, start: Float[Array, "fits free"]) -> State:
    """Return the ends of a batch of fits; those that have ended wait for the others.

    The loop is written around the batch: a batch around the loop would trace its body
    three times.

    Args:
        evaluate: Value, gradient and Hessian of each fit.
        box: Limits and scale of the parameters.
        start: Where each fit starts.
    """

    def running(states: State) -> Array:
        return (states.code == RUNNING) & (states.evaluations < MAX_STEPS)

    def step(states: State) -> State:
        evaluations = evaluate(states.trial)
        moved = jax.vmap(lambda s, e: advance(s, box, e, TOLERANCE))(
            states, evaluations
        )
        go_on = running(states)

        def chosen(new: Array, old: Array) -> Array:
            return jnp.where(go_on.reshape(-1, *[1] * (new.ndim - 1)), new, old)

        return jax.tree.map(chosen, moved, states)

    states = jax.vmap(lambda x: State.start(x, RADIUS))(start)
    return jax.lax.while_loop(lambda s: running(s).any(), step, states)


def converged(code: Int[np.ndarray, "..."]) -> Bool[np.ndarray, "..."]:
    """Return which fits reached a minimum."""
    return code == CONVERGED
