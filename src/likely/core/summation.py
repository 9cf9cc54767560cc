"""The one sum over events: cache-sized blocks, constant memory, all devices."""

from collections.abc import Callable
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
from jax.extend.core import jaxpr_as_fun
from jax.sharding import PartitionSpec
from jaxtyping import Array, Float

from .events import AXIS, EventBlocks

Sums = TypeVar("Sums")


def sum_over_events(
    function: Callable[[Any, Float[Array, "dim size"], Float[Array, " size"]], Sums],
    arguments: Any,
    events: EventBlocks,
) -> Sums:
    r"""Return $\sum_b F(a, x_b, w_b)$ over all blocks $b$ of events.

    `function` gives a pytree of sums over one block (padding has weight zero), for
    instance value, gradient and Hessian together. Blocks are added with Neumaier's
    compensated summation, so that a minimum of 1e7 events is good to the last digits.

    Args:
        function: Sum over one block, given `arguments`, its columns and its weights.
        arguments: Pytree of arrays, the same for all events.
        events: The blocks.

    References:
        A. Neumaier, Z. Angew. Math. Mech. 54 (1974) 39.
    """

    def over_shard(arguments: Any, shard: EventBlocks) -> Sums:
        # Traced here once: the loop below would do it a second time.
        block = shard.block(jnp.zeros((), int))
        traced, shapes = jax.make_jaxpr(function, return_shape=True)(arguments, *block)
        structure = jax.tree.structure(shapes)
        zeros = jax.tree.map(lambda s: jnp.zeros(s.shape, s.dtype), shapes)

        def add_block(index: Array, carry: Any) -> Any:
            inputs = jax.tree.leaves((arguments, *shard.block(index)))
            part = jax.tree.unflatten(structure, jaxpr_as_fun(traced)(*inputs))
            total, lost = carry
            added = jax.tree.map(jnp.add, total, part)
            lost = jax.tree.map(_lost_digits, lost, total, part, added)
            return added, lost

        total, lost = jax.lax.fori_loop(0, shard.used[0], add_block, (zeros, zeros))
        return jax.tree.map(lambda t, c: shard.scale[0] * (t + c), total, lost)

    if events.mesh is None:
        return over_shard(arguments, events)

    def over_device(arguments: Any, shard: EventBlocks) -> Sums:
        return jax.lax.psum(over_shard(arguments, shard), AXIS)

    # The loop's carry starts as a constant and becomes device-dependent, which the
    # check of varying axes refuses; the sum over devices makes it uniform again.
    return jax.shard_map(
        over_device,
        mesh=events.mesh,
        in_specs=(PartitionSpec(), PartitionSpec(AXIS)),
        out_specs=PartitionSpec(),
        check_vma=False,
    )(arguments, events)


def _lost_digits(lost: Array, total: Array, part: Array, added: Array) -> Array:
    larger = jnp.abs(total) >= jnp.abs(part)
    correction = jnp.where(larger, (total - added) + part, (part - added) + total)
    return lost + correction
