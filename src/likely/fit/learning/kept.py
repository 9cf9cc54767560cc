"""Where the events of a training are kept: on the devices, or with the host."""

import abc
from collections.abc import Sequence
from typing import Any, final

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Float, Int

from ...data import Samples

AXIS = "members"
# The part of a device's memory that events may fill; the rest is for the work.
SHARE = 0.4


class AbstractKept(abc.ABC):
    """Inputs, targets and weights of events, from which batches are taken."""

    @abc.abstractmethod
    def __len__(self) -> int:
        """Return the number of events."""

    @abc.abstractmethod
    def chunk(self, rows: Any) -> tuple[Any, Any]:
        """Return events on the devices, and where in them those of `rows` are.

        Args:
            rows: Events, the first axis of which counts members; -1 is none.
        """


@final
class OnDevices(AbstractKept):
    """All events are on the devices: a chunk is its rows.

    Args:
        parts: The events, numbered through.
        mesh: The devices that members are spread over, or None.
        dtype: Of all numbers that are not whole.
    """

    def __init__(self, parts: Sequence[Samples], mesh: Mesh | None, dtype: Any):
        arrays = [_arrays(part, slice(None), dtype) for part in parts]
        joined = jax.tree.map(lambda *a: np.concatenate(a), *arrays)
        self.data = jax.tree.map(lambda a: placed(a, mesh, PartitionSpec()), joined)
        self.mesh = mesh

    def __len__(self) -> int:
        return len(self.data[2])

    def chunk(self, rows: Any) -> tuple[Any, Any]:
        return self.data, placed(rows, self.mesh, PartitionSpec(AXIS))


@final
class WithHost(AbstractKept):
    """The host, or its disk, has the events; a chunk of them is sent to the devices.

    Args:
        parts: The events, numbered through.
        mesh: The devices that members are spread over, or None.
        dtype: Of all numbers that are not whole.
    """

    def __init__(self, parts: Sequence[Samples], mesh: Mesh | None, dtype: Any):
        self.parts, self.mesh, self.dtype = tuple(parts), mesh, dtype
        self.ends = np.cumsum([len(part) for part in parts])

    def __len__(self) -> int:
        return int(self.ends[-1])

    def chunk(self, rows: Any) -> tuple[Any, Any]:
        given = np.asarray(rows)
        places = np.arange(given.size, dtype=np.int32).reshape(given.shape)
        places = np.where(given < 0, -1, places)
        arrays = self._of(np.maximum(given.ravel(), 0))
        data = jax.tree.map(lambda a: placed(a, self.mesh, PartitionSpec()), arrays)
        return data, placed(places, self.mesh, PartitionSpec(AXIS))

    def _of(self, rows: Int[np.ndarray, " rows"]) -> Any:
        """Return the arrays of events of any part."""
        part_of = np.searchsorted(self.ends, rows, side="right")
        found: Any = None
        for i, part in enumerate(self.parts):
            here = np.flatnonzero(part_of == i)
            begin = self.ends[i] - len(part)
            some = _arrays(part, rows[here] - begin, self.dtype)
            if found is None:
                found = jax.tree.map(
                    lambda a: np.empty((len(rows), *a.shape[1:]), a.dtype), some
                )
            for whole, piece in zip(
                jax.tree.leaves(found), jax.tree.leaves(some), strict=True
            ):
                whole[here] = piece
        return found


def kept(parts: Sequence[Samples], mesh: Mesh | None, dtype: Any) -> AbstractKept:
    """Return events on the devices if these have room, and else with the host."""
    fits = sum(map(bytes_of, parts)) <= room()
    way = OnDevices if fits and not any(map(is_on_disk, parts)) else WithHost
    return way(parts, mesh, dtype)


def is_on_disk(samples: Samples) -> bool:
    """Return whether inputs are a file that is read where it is needed."""
    return any(_is_mapped(array) for array in jax.tree.leaves(samples.inputs))


def bytes_of(samples: Samples) -> int:
    """Return the memory of inputs and targets."""
    arrays = jax.tree.leaves((samples.inputs, samples.targets))
    return sum(array.nbytes for array in arrays)


def room() -> float:
    """Return the bytes that events may fill on a device; a CPU has the host's."""
    statistics = jax.devices()[0].memory_stats() or {}
    return SHARE * statistics.get("bytes_limit", np.inf)


def placed(array: Any, mesh: Mesh | None, spec: Any) -> Any:
    """Return an array on the devices."""
    if mesh is None:
        return jax.device_put(array)
    return jax.device_put(array, NamedSharding(mesh, spec))


def _is_mapped(array: Any) -> bool:
    while array is not None and not isinstance(array, np.memmap):
        array = getattr(array, "base", None)
    return array is not None


def _arrays(part: Samples, rows: Any, dtype: Any) -> tuple[Any, Any, Any]:
    """Return inputs, targets and weights of some events of a part."""
    weights = _ones(part, rows) if part.weights is None else part.weights[rows]
    inputs = jax.tree.map(lambda a: _number(a[rows], dtype), part.inputs)
    targets = np.asarray(part.targets)[rows]
    whole = targets.dtype.kind != "f"
    return inputs, targets.astype(np.int32 if whole else dtype), weights.astype(dtype)


def _ones(part: Samples, rows: Any) -> Float[np.ndarray, " rows"]:
    return np.ones(len(part) if isinstance(rows, slice) else len(rows))


def _number(array: Any, dtype: Any) -> Any:
    return np.asarray(array, dtype) if array.dtype.kind == "f" else np.asarray(array)
