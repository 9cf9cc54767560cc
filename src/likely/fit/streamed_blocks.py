"""Chunks of a stream as blocks of one shape, so that one program serves all."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Float

from ..core import EventBlocks
from ..core.events import AXIS, BLOCK, ONE_DEVICE

# Blocks of a shard in one chunk: half a million events a device are 4 MB a column, and
# take ten times as long to sum as a program takes to start.
CHUNK = 128

Events = Float[np.ndarray, "dim _"]
Weights = Float[np.ndarray, " _"] | None


def shape_of(n_events: int) -> tuple[int, int]:
    """Return the number of shards and of blocks of each for so many events in all."""
    shards = len(jax.devices()) if n_events > ONE_DEVICE else 1
    return shards, min(CHUNK, max(math.ceil(n_events / (shards * BLOCK)), 1))


def chunks_of(
    parts: Iterable[tuple[Events, Weights]], shape: tuple[int, int]
) -> Iterator[EventBlocks]:
    """Yield the events of all parts, in blocks of this shape; the last is not full."""
    shards, blocks = shape
    room = shards * blocks * BLOCK
    rest: list[tuple[Events, Weights]] = []
    count = 0
    for events, weights in parts:
        begin = 0
        while count + events.shape[1] - begin >= room:
            end = begin + room - count
            rest.append(_cut(events, weights, begin, end))
            yield _arranged(rest, shape)
            rest, count, begin = [], 0, end
        if begin < events.shape[1]:
            rest.append(_cut(events, weights, begin, events.shape[1]))
            count += events.shape[1] - begin
    if count:
        yield _arranged(rest, shape)


def _cut(
    events: Events, weights: Weights, begin: int, end: int
) -> tuple[Events, Weights]:
    return events[:, begin:end], None if weights is None else weights[begin:end]


def _arranged(
    pieces: list[tuple[Events, Weights]], shape: tuple[int, int]
) -> EventBlocks:
    shards, blocks = shape
    room, dim = shards * blocks * BLOCK, pieces[0][0].shape[0]
    # Made anew for each chunk: a device may compute with this memory itself.
    events = np.empty((dim, room))
    weights = None if pieces[0][1] is None else np.zeros(room)
    n = 0
    for e, w in pieces:
        events[:, n : n + e.shape[1]] = e
        if weights is not None:
            weights[n : n + e.shape[1]] = w
        n += e.shape[1]
    # Padding repeats a real event: a density is finite there, so 0 log f is 0.
    events[:, n:] = events[:, :1]
    columns = np.swapaxes(events.reshape(dim, shards, blocks, BLOCK), 0, 1)
    columns = np.ascontiguousarray(np.swapaxes(columns, 1, 2))
    counts = np.clip(n - BLOCK * np.arange(shards * blocks), 0, BLOCK)
    counts = counts.reshape(shards, blocks)
    mesh = None if shards == 1 else Mesh(np.array(jax.devices()), (AXIS,))

    def placed(array: np.ndarray) -> Any:
        if mesh is None:
            return jnp.asarray(array)
        return jax.device_put(array, NamedSharding(mesh, PartitionSpec(AXIS)))

    return EventBlocks(
        placed(columns),
        None if weights is None else placed(weights.reshape(shards, blocks, BLOCK)),
        counts,
        (counts > 0).sum(axis=1),
        np.ones(shards),
        mesh,
    )
