"""The events of a training on the devices, and which of them each member learns."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Float, Int

from ...data import Samples
from .epoch import AXIS
from .rotation import Rotation

# Batches that are gathered at once: what is in memory twice.
CHUNK = 1 << 26
# Events of a block of an evaluation.
BLOCK = 4096


@final
@dataclass(frozen=True)
class Store:
    """Events on the devices; use `Store.of`.

    Args:
        data: Inputs, targets and weights.
        train: The events that each member learns.
        validation: The events that watch each member; empty where there are none.
        sum_of_weights: Of the events that each member learns.
        mesh: The devices that members are spread over, or None.
        event_bytes: Memory of an event.
    """

    data: Any
    train: tuple[Int[np.ndarray, " _"], ...]
    validation: tuple[Int[np.ndarray, " _"], ...]
    sum_of_weights: Float[np.ndarray, " members"]
    mesh: Mesh | None
    event_bytes: int

    @staticmethod
    def of(
        train: Samples, validation: Samples | None, members: int, dtype: Any
    ) -> "Store":
        """Place events for members that learn all of `train`, watched by others."""
        n, more = len(train), 0 if validation is None else len(validation)
        parts = [train] if validation is None else [train, validation]
        rows, watch = np.arange(n, dtype=np.int32), np.arange(n, n + more)
        each = (rows,) * members, (watch.astype(np.int32),) * members
        return _store(parts, each, dtype)

    @staticmethod
    def of_rotation(rotation: Rotation, dtype: Any) -> "Store":
        """Place events of which each member learns its own part."""
        nobody = (np.zeros(0, np.int32),) * rotation.size
        each = rotation.train, rotation.validation or nobody
        return _store([rotation.samples], each, dtype)

    def steps(self, batch: int) -> int:
        """Return the number of steps of an epoch."""
        return max(-(-len(rows) // batch) for rows in self.train)

    def batches(self, seeds: Any, epoch: int, batch: int) -> Iterator[Any]:
        """Yield the events of the steps of an epoch, chunk by chunk."""
        steps = self.steps(batch)
        chunks = -(-steps * batch * self.event_bytes // CHUNK)
        size = -(-steps // max(chunks, 1))
        padded = np.full(
            (len(self.train), -(-steps // size) * size * batch), -1, np.int32
        )
        for m, rows in enumerate(self.train):
            order = np.random.default_rng([int(seeds[m]), epoch])
            padded[m, : len(rows)] = order.permutation(rows)
        shaped = padded.reshape(len(self.train), -1, batch)
        for begin in range(0, shaped.shape[1], size):
            yield placed(
                shaped[:, begin : begin + size], self.mesh, PartitionSpec(AXIS)
            )

    def blocks(self, which: tuple[Int[np.ndarray, " _"], ...]) -> Any:
        """Return rows of events in blocks, for an evaluation.

        There is room for all events, so that one program evaluates any of them.
        """
        room = len(self.data[2])
        size = min(room, BLOCK)
        padded = np.full((len(which), -(-room // size) * size), -1, np.int32)
        for m, rows in enumerate(which):
            padded[m, : len(rows)] = rows
        shaped = padded.reshape(len(which), -1, size)
        return placed(shaped, self.mesh, PartitionSpec(AXIS))


def _store(parts: list[Samples], each: Any, dtype: Any) -> Store:
    targets = np.concatenate([_target(p.targets, dtype) for p in parts])
    weights = np.concatenate(
        [np.ones(len(p)) if p.weights is None else p.weights for p in parts]
    )
    inputs = jax.tree.map(
        lambda *a: np.concatenate([_number(x, dtype) for x in a]),
        *[p.inputs for p in parts],
    )
    members = len(each[0])
    mesh = members_mesh(members)
    arrays = inputs, targets, weights.astype(dtype)
    data = jax.tree.map(lambda a: placed(a, mesh, PartitionSpec()), arrays)
    size = sum(a.nbytes for a in jax.tree.leaves((inputs, targets))) // len(weights)
    # Slots that are left over are those of the first member, and do nothing.
    more = slots_of(members) - members
    train, watch = (rows + (rows[0],) * more for rows in each)
    sums = np.array([weights[rows].sum() for rows in train])
    return Store(data, train, watch, sums, mesh, size)


def members_mesh(members: int) -> Mesh | None:
    """Return the devices over which members are spread, or None."""
    devices = jax.devices()
    if members == 1 or len(devices) == 1 or devices[0].platform != "cpu":
        return None
    return Mesh(np.array(devices[:members]), (AXIS,))


def slots_of(members: int) -> int:
    """Return the number of members rounded up to what all devices share equally."""
    mesh = members_mesh(members)
    return members if mesh is None else -(-members // mesh.size) * mesh.size


def placed(array: Any, mesh: Mesh | None, spec: Any) -> Any:
    """Return an array on the devices."""
    if mesh is None:
        return jax.device_put(array)
    return jax.device_put(array, NamedSharding(mesh, spec))


def _target(targets: Any, dtype: Any) -> Any:
    array = np.asarray(targets)
    return array.astype(dtype if array.dtype.kind == "f" else np.int32)


def _number(array: Any, dtype: Any) -> Any:
    return array.astype(dtype) if array.dtype.kind == "f" else array


def dtype_of(weights: Any) -> Any:
    """Return the precision of weights."""
    return jnp.result_type(*jax.tree.leaves(weights))
