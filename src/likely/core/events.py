"""Events in cache-sized blocks, spread over the devices of this machine."""

import math
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Float, Int

from . import runtime as runtime  # float64 is set before the first array is made

# Measured on two cores (docs/decisions.md, "Size of a block"): per-block arrays of
# this many float64 stay in the second-level cache, and the overhead is still small.
BLOCK = 4096
# Below this many events the cost of a second device is larger than its gain.
ONE_DEVICE = 16384
# From one part of the events to the next that is fitted: the start is then a few
# standard errors away, where two or three Newton steps reach the minimum.
GROWTH = 16
AXIS = "events"


@final
class EventBlocks(eqx.Module):
    """Events as an array of blocks; the last ones are padded and do not count.

    The number of blocks is rounded up to few sizes, so that data sets of similar size
    share one compiled program, and the loop stops after `used` blocks, so padding
    costs nothing. Each block takes every n-th event: whatever the order of the data,
    the first blocks are a sample of all of them.

    Args:
        columns: Observables, one contiguous run a block and column.
        weights: Weight of each event, or None if all are one.
        counts: Number of events in each block.
        used: Number of blocks of each shard that are summed.
        scale: Factor on the sum, for a part that stands for all events.
        mesh: The devices, or None on a single one.
    """

    columns: Float[Array, "shards blocks dim size"]
    weights: Float[Array, "shards blocks size"] | None
    # NumPy until a program takes them: reading a number from a device takes longer
    # than a step of a small fit.
    counts: Int[Array | np.ndarray, "shards blocks"]
    used: Int[Array | np.ndarray, " shards"]
    scale: Float[Array | np.ndarray, " shards"]
    mesh: Mesh | None = eqx.field(static=True)

    @classmethod
    def of(
        cls,
        events: Float[np.ndarray, "dim events"],
        weights: Float[np.ndarray, " events"] | None = None,
    ) -> "EventBlocks":
        """Arrange events in blocks, and place them on the devices."""
        n = events.shape[1]
        devices = jax.devices() if n > ONE_DEVICE else jax.devices()[:1]
        shards = len(devices)
        size = BLOCK if n > BLOCK else _few_sizes(max(n, 1), smallest=128)
        used = max(-(-n // (size * shards)), 1)
        parts = [
            _shard(events, weights, (s, shards), (used, size)) for s in range(shards)
        ]
        mesh = None if shards == 1 else Mesh(np.array(devices), (AXIS,))
        columns, padded, counts = zip(*parts, strict=True)
        return cls(
            _placed(columns, mesh),
            _placed(padded, mesh),
            np.concatenate(counts),
            np.full(shards, used),
            np.ones(shards),
            mesh,
        )

    def first(self, blocks: int, scale: float) -> "EventBlocks":
        """Return a part: the first `blocks` of each shard, times `scale`."""
        used = np.minimum(self.used, blocks)
        factor = np.full(used.shape, scale)
        return eqx.tree_at(lambda e: (e.used, e.scale), self, (used, factor))

    def block(
        self, index: Int[Array, ""]
    ) -> tuple[Float[Array, "dim size"], Float[Array, " size"]]:
        """Return columns and weights of one block of a single shard.

        Padding has weight zero.
        """
        x = self.columns[0, index]
        if self.weights is not None:
            return x, self.weights[0, index]
        return x, (jnp.arange(x.shape[1]) < self.counts[0, index]).astype(x.dtype)


def _few_sizes(n: int, *, smallest: int = 1) -> int:
    """Round up to a number with three significant bits: at most a quarter too many."""
    n = max(n, smallest)
    step = 1 << max(math.floor(math.log2(n)) - 2, 0)
    return -(-n // step) * step


def _shard(
    events: Float[np.ndarray, "dim events"],
    weights: Float[np.ndarray, " events"] | None,
    place: tuple[int, int],
    shape: tuple[int, int],
) -> tuple[Any, ...]:
    """Return columns, weights and counts of one shard of several."""
    dim, n = events.shape
    (shard, shards), (used, size) = place, shape
    blocks, stride = _few_sizes(used), shards * used
    columns = _aligned((1, blocks, dim, size))
    padded = None if weights is None else np.zeros((1, blocks, size))
    counts = np.zeros((1, blocks), np.int64)
    for b in range(used):
        chosen = slice(b * shards + shard, n, stride)
        count = len(range(*chosen.indices(n)))
        counts[0, b] = count
        columns[0, b, :, :count] = events[:, chosen]
        # Padding repeats a real event: a density is finite there, so 0 log f is 0.
        columns[0, b, :, count:] = events[:, :1]
        if padded is not None and weights is not None:
            padded[0, b, :count] = weights[chosen]
    return columns, padded, counts


def _aligned(shape: tuple[int, ...]) -> Float[np.ndarray, "..."]:
    """Return memory that a CPU device takes as it is, where it begins on 64 bytes."""
    size = 8 * math.prod(shape)
    raw = np.empty(size + 64, np.uint8)
    begin = -raw.ctypes.data % 64
    return raw[begin : begin + size].view(np.float64).reshape(shape)


def _placed(parts: tuple[Any, ...], mesh: Mesh | None) -> Any:
    """Return one array with a part on each device, none of them copied twice."""
    if parts[0] is None:
        return None
    if mesh is None:
        return jax.device_put(parts[0])
    whole = (len(parts), *parts[0].shape[1:])
    placed = [
        jax.device_put(part, device)
        for part, device in zip(parts, mesh.devices, strict=True)
    ]
    sharding = NamedSharding(mesh, PartitionSpec(AXIS))
    return jax.make_array_from_single_device_arrays(whole, sharding, placed)
