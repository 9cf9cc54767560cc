"""One operation of a program of JAX that is to become nodes of a graph."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, final

from .graph import Graph, Operand, Tensor, Value, is_tensor, kind_of


@final
@dataclass(frozen=True)
class Operation:
    """What a rule is given.

    Args:
        graph: In which nodes are made.
        values: What the operation takes, at least one of which is a `Tensor`.
        params: Its parameters, as JAX names them.
        results: Shape and type of each result for one event.
        inner: Writes a program inside the operation, of a graph and its arguments.
    """

    graph: Graph
    values: tuple[Value, ...]
    params: Mapping[str, Any]
    results: tuple[tuple[tuple[int, ...], Any], ...]
    inner: Callable[[Graph, Any, list[Value]], list[Value]]

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the shape of the first result for one event."""
        return self.results[0][0]

    @property
    def dtype(self) -> Any:
        """Return the type of the first result in the graph."""
        return kind_of(self.results[0][1])

    def result(self, name: str) -> Tensor:
        """Return what has this name in the graph as the first result."""
        return Tensor(name, self.shape, self.dtype)

    def reshaped(self, value: Operand) -> Tensor:
        """Return a value with the shape of the first result."""
        return self.result(reshaped(self.graph, value, self.shape))


Rule: TypeAlias = Callable[[Operation], Value | list[Value]]


def reshaped(graph: Graph, value: Operand, shape: tuple[int, ...]) -> str:
    """Return the name of a value with another shape for one event."""
    if is_tensor(value) and value.shape == shape:
        return value.name
    return graph.add("Reshape", value, (0, *shape))


def aligned(graph: Graph, value: Value, rank: int) -> Value:
    """Return a value whose axes have those of `rank` numbers an event beside them.

    Operations of ONNX align axes from behind, by which the events of a number would
    meet the columns of a row.
    """
    if not is_tensor(value) or len(value.shape) == rank:
        return value
    shape = (1,) * (rank - len(value.shape)) + value.shape
    return Tensor(reshaped(graph, value, shape), shape, value.dtype)
