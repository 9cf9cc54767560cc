"""The events of a training, in their order, and which of them each member learns."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh
from jaxtyping import Float, Int

from ...data import Samples
from ...data.stream_ahead import ahead, reading_thread
from .kept import AXIS, AbstractKept, OnDevices, bytes_of, is_on_disk, kept
from .rotation import Rotation

# Batches that are gathered at once: what is in memory twice.
CHUNK = 1 << 26
# Events of a block of an evaluation.
BLOCK = 4096
# Events on a disk that are read at once: a place for each would be a read for each.
READ = 2048


@final
@dataclass(frozen=True)
class Store:
    """Events, and who learns them; use `Store.of`.

    Args:
        kept: Where the events are.
        train: The events that each member learns.
        validation: The events that watch each member; empty where there are none.
        sum_of_weights: Of the events that each member learns.
        mesh: The devices that members are spread over, or None.
        event_bytes: Memory of an event.
        on_disk: Whether the events are files, which are read in pieces.
    """

    kept: AbstractKept
    train: tuple[Int[np.ndarray, " _"], ...]
    validation: tuple[Int[np.ndarray, " _"], ...]
    sum_of_weights: Float[np.ndarray, " members"]
    mesh: Mesh | None
    event_bytes: int
    on_disk: bool

    @staticmethod
    def of(
        train: Samples, validation: Samples | None, members: int, dtype: Any
    ) -> "Store":
        """Return events for members that learn all of `train`, watched by others."""
        n, more = len(train), 0 if validation is None else len(validation)
        parts = [train] if validation is None else [train, validation]
        rows, watch = np.arange(n, dtype=np.int32), np.arange(n, n + more)
        each = (rows,) * members, (watch.astype(np.int32),) * members
        return _store(parts, each, dtype)

    @staticmethod
    def of_rotation(rotation: Rotation, dtype: Any) -> "Store":
        """Return events of which each member learns its own part."""
        nobody = (np.zeros(0, np.int32),) * rotation.size
        each = rotation.train, rotation.validation or nobody
        return _store([rotation.samples], each, dtype)

    def steps(self, batch: int) -> int:
        """Return the number of steps of an epoch."""
        return max(-(-len(rows) // batch) for rows in self.train)

    def batches(self, seeds: Any, epoch: int, batch: int) -> Iterator[Any]:
        """Yield the rows of the steps of an epoch, chunk by chunk."""
        size = self._chunked(self.steps(batch), batch)
        most = max(map(len, self.train))
        padded = self._padded(self.train, -(-most // (size * batch)) * size * batch)
        for m, rows in enumerate(self.train):
            seed = int(seeds[m])
            padded[m, : len(rows)] = self._order(rows, [seed, epoch], size * batch)
        shaped = padded.reshape(len(self.train), -1, batch)
        for begin in range(0, shaped.shape[1], size):
            yield shaped[:, begin : begin + size]

    def blocks(self, which: tuple[Int[np.ndarray, " _"], ...]) -> list[Any]:
        """Return rows of events in blocks, for an evaluation, chunk by chunk.

        There is room for all events, so that one program evaluates any of them.
        """
        room = len(self.kept)
        block = min(room, BLOCK)
        here = -(-room // block)
        size = here if isinstance(self.kept, OnDevices) else self._chunked(here, block)
        padded = self._padded(which, -(-here // size) * size * block)
        shaped = padded.reshape(len(which), -1, block)
        return [shaped[:, i : i + size] for i in range(0, shaped.shape[1], size)]

    def chunks(self, rows: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        """Yield events on the devices, and the places in them of each of the rows.

        The host prepares the next ones while the devices are at work.
        """
        pairs = (self.kept.chunk(some) for some in rows)
        if isinstance(self.kept, OnDevices):
            yield from pairs
            return
        with reading_thread() as thread:
            yield from ahead(pairs, thread)

    def _chunked(self, count: int, size: int) -> int:
        """Return how many batches or blocks of this size are a chunk."""
        # What the host sends has the events of each member on its own.
        members = 1 if isinstance(self.kept, OnDevices) else len(self.train)
        chunks = -(-count * size * members * self.event_bytes // CHUNK)
        return -(-count // max(chunks, 1))

    def _padded(self, which: Any, length: int) -> Int[np.ndarray, "members length"]:
        padded = np.full((len(which), length), -1, np.int32)
        for m, rows in enumerate(which):
            padded[m, : len(rows)] = rows
        return padded

    def _order(self, rows: Any, seed: Any, chunk: int) -> Int[np.ndarray, " rows"]:
        """Return events in the order of an epoch.

        Those on a disk are shuffled in pieces as they are read, then within each chunk,
        which has those of many pieces.
        """
        random = np.random.default_rng(seed)
        if not self.on_disk:
            return random.permutation(rows)
        pieces = np.array_split(rows, max(1, len(rows) // READ))
        mixed = np.concatenate([pieces[i] for i in random.permutation(len(pieces))])
        for begin in range(0, len(mixed), chunk):
            random.shuffle(mixed[begin : begin + chunk])
        return mixed


def _store(parts: list[Samples], each: Any, dtype: Any) -> Store:
    weights = np.concatenate(
        [np.ones(len(p)) if p.weights is None else p.weights for p in parts]
    )
    members = len(each[0])
    mesh = members_mesh(members)
    size = sum(map(bytes_of, parts)) // len(weights)
    # Slots that are left over are those of the first member, and do nothing.
    more = slots_of(members) - members
    train, watch = (rows + (rows[0],) * more for rows in each)
    sums = np.array([weights[rows].sum() for rows in train])
    events, on_disk = kept(parts, mesh, dtype), any(map(is_on_disk, parts))
    return Store(events, train, watch, sums, mesh, size, on_disk)


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


def dtype_of(weights: Any) -> Any:
    """Return the precision of weights."""
    return jnp.result_type(*jax.tree.leaves(weights))
