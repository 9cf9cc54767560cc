"""The graph of an ONNX model while it is made, for a batch of events."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeGuard, final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Shaped

from ...core import LikelyError


@final
@dataclass(frozen=True)
class Tensor:
    """A value that depends on the event; in the graph it has an axis of events first.

    Args:
        name: Of it in the graph.
        shape: For one event.
        dtype: Of its numbers.
    """

    name: str
    shape: tuple[int, ...]
    dtype: Any


# A `Tensor`, or an array of NumPy or JAX that does not depend on the event.
Value: TypeAlias = Any
# A `Value`, or the name of one.
Operand: TypeAlias = Any


def is_tensor(value: Value) -> TypeGuard[Tensor]:
    """Return whether a value depends on the event."""
    return isinstance(value, Tensor)


@final
@dataclass(frozen=True)
class Node:
    """One operation of ONNX.

    Args:
        op: Its name.
        inputs: Names of what it takes.
        outputs: Names of what it gives.
        attributes: Numbers, lists of them, texts, or a `Graph`.
    """

    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]


@final
class Graph:
    """Nodes in the order in which they run, and the constants that they take.

    Args:
        outer: The graph that this one is part of, whose values it sees; the constants
            of all are those of the outermost.
        reserved: Names that no value inside may have.
    """

    def __init__(
        self, outer: "Graph | None" = None, *, reserved: Sequence[str] = ()
    ) -> None:
        self.outer = outer
        self.nodes: list[Node] = []
        self.inputs: list[Tensor] = []
        self.outputs: list[Tensor] = []
        self._reserved = frozenset(reserved)
        self._numbers = itertools.count() if outer is None else outer._numbers
        self._known: dict[Any, str] = {} if outer is None else outer._known
        self.constants: dict[str, np.ndarray] = {} if outer is None else outer.constants
        self._count: str | None = None

    def input(self, name: str, shape: tuple[int, ...], dtype: Any) -> Tensor:
        """Return a new input."""
        self.inputs.append(Tensor(name, shape, dtype))
        return self.inputs[-1]

    def fresh(self, stem: str) -> str:
        """Return a name that no other value has."""
        root = self.root
        names = (f"{stem.lower()}.{i}" for i in self._numbers)
        return next(name for name in names if name not in root._reserved)

    def add(
        self, op: str, *inputs: Operand, attributes: Mapping[str, Any] | None = None
    ) -> str:
        """Add an operation with one output, and return the name of that."""
        return self.add_many(op, *inputs, attributes=attributes)[0]

    def add_many(
        self,
        op: str,
        *inputs: Operand,
        outputs: int = 1,
        attributes: Mapping[str, Any] | None = None,
    ) -> tuple[str, ...]:
        """Add an operation, and return the names of its outputs."""
        names = tuple(self.name_of(value) for value in inputs)
        made = tuple(self.fresh(op) for _ in range(outputs))
        self.nodes.append(Node(op, names, made, attributes or {}))
        return made

    def name_of(self, value: Operand) -> str:
        """Return the name of a value in the graph, where constants are added."""
        if isinstance(value, str):
            return value
        return value.name if is_tensor(value) else self._constant(value)

    def full(self, value: Value) -> Tensor:
        """Return a value with an axis of events, along which a constant is repeated."""
        if is_tensor(value):
            return value
        array = plain(value)
        ones = np.ones(array.ndim, np.int64)
        shape = self.add("Concat", self._events(), ones, attributes={"axis": 0})
        name = self.add("Expand", array[None], shape)
        return Tensor(name, array.shape, array.dtype)

    @property
    def root(self) -> "Graph":
        """Return the outermost graph."""
        return self if self.outer is None else self.outer.root

    def _events(self) -> str:
        """Return the name of the number of events, an array of one number."""
        root = self.root
        if root._count is None:
            ends = {"start": 0, "end": 1}
            root._count = root.add("Shape", root.inputs[0], attributes=ends)
        return root._count

    def _constant(self, value: Any) -> str:
        array = np.ascontiguousarray(plain(value)).reshape(np.shape(value))
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._known:
            self._known[key] = self.fresh("constant")
            self.constants[self._known[key]] = array
        return self._known[key]


def kind_of(dtype: Any) -> Any:
    """Return the type that numbers have in the graph: of 16 bits become 32 bits.

    Runtimes know few operations of bfloat16 and float16.

    Raises:
        LikelyError: If it is no type of numbers, such as that of random keys.
    """
    if jnp.issubdtype(dtype, jax.dtypes.extended):
        raise LikelyError(
            f"the model computes with {dtype}, random numbers for instance, which no "
            "ONNX graph has; take them out of it, or write StableHLO."
        )
    if dtype in (jnp.bfloat16, jnp.float16):
        return np.dtype(np.float32)
    return np.dtype(dtype)


def plain(value: Any) -> Shaped[np.ndarray, "..."]:
    """Return a constant as an array of NumPy, in a type that the graph has."""
    kind = kind_of(value.dtype if hasattr(value, "dtype") else np.asarray(value).dtype)
    return np.asarray(value).astype(kind, copy=False)
