"""Many data sets, batch by batch, shared by the devices: one compiled program."""

from collections.abc import Callable
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, PartitionSpec
from jaxtyping import Array, Float, Int, Key

from ..core import AbstractGenerator, quick
from .trust_region import CONVERGED, State

AXIS = "fits"
Ends = TypeVar("Ends")


def in_batches(
    one_batch: Callable[[Any, Any, Any], Ends],
    arguments: Any,
    keys: Key[Array, " fits"],
    numbers: Int[Array | np.ndarray, " fits *parts"],
    *,
    batch: int,
) -> Ends:
    """Return what a function makes of each batch of data sets, joined.

    Args:
        one_batch: Of the arguments, the keys and the numbers of one batch; gives a tree
            of arrays, one row a data set.
        arguments: Pytree of arrays, the same for all.
        keys: One a data set; a multiple of `batch` times the number of devices.
        numbers: Of events, likewise; one a part where the data have several parts.
        batch: Data sets side by side.
    """
    mesh = Mesh(np.array(jax.devices()), (AXIS,))

    def on_device(arguments: Any, keys: Any, numbers: Any) -> Ends:
        def batch_of(rows: Any) -> Ends:
            keys, numbers = rows
            return one_batch(arguments, quick(jax.random.wrap_key_data(keys)), numbers)

        n = len(numbers)
        batches = (
            keys.reshape(n // batch, batch, -1),
            numbers.reshape(n // batch, batch, *numbers.shape[1:]),
        )
        ends = jax.lax.map(batch_of, batches)
        return jax.tree.map(lambda a: a.reshape(n, *a.shape[2:]), ends)

    all_, part = PartitionSpec(), PartitionSpec(AXIS)
    return jax.shard_map(
        on_device,
        mesh=mesh,
        in_specs=(all_, part, part),
        out_specs=part,
        check_vma=False,
    )(arguments, jax.random.key_data(keys), numbers)


def likelihoods(generator: AbstractGenerator, data: Any) -> Callable[[Any], Any]:
    """Return value, gradient and Hessian of a batch of data sets, as a function."""

    def evaluate(x: Float[Array, "fits free"]) -> Any:
        return jax.vmap(lambda x, data: generator.likelihood(data)(x))(x, data)

    return evaluate


def values_at_minimum(ends: State) -> Float[Array, "..."]:
    """Return the value at each minimum.

    The step that a converged fit would take next needs no evaluation: what remains of
    the distance, and of its height, is of higher order.
    """
    return jnp.asarray(ends.value - jnp.where(ends.code == CONVERGED, ends.edm, 0.0))
