"""What a network learns from: inputs of any shape, targets and weights."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float, Shaped

from ..core.errors import LikelyError
from .column import as_weights
from .dataset import locked


@final
@dataclass(frozen=True, eq=False)
class Samples:
    """Events as arrays whose first axis counts them; use `Samples.of` to make them.

    Args:
        inputs: What a model is given: an array, or a dictionary of arrays such as
            `{"particles": (events, 40, 4), "mask": (events, 40)}`.
        targets: What it is to find, or None.
        weights: One weight an event, or None where each counts once.
    """

    inputs: Any
    targets: Shaped[np.ndarray, " events *shape"] | None = None
    weights: Float[np.ndarray, " events"] | None = None

    @staticmethod
    def of(
        inputs: Any, targets: Any = None, *, weights: Any = None, missing: bool = False
    ) -> "Samples":
        """Return events of arrays.

        Args:
            inputs: Array of numbers (events, ...), or a dictionary of such arrays.
            targets: Array (events, ...): class indices, values, images.
            weights: One weight an event; negative ones are allowed.
            missing: Whether inputs may be nan, for a model that takes it as missing.

        Raises:
            LikelyError: If lengths differ, or a number is missing or not finite.
        """
        checked = _each(inputs, "inputs", missing=missing)
        count = len(next(_leaves(checked)))
        for name, array in _named(checked, "inputs"):
            _check_length(name, array, count)
        if targets is not None:
            targets = _checked(targets, "targets")
            _check_length("targets", targets, count)
        if weights is not None:
            weights = locked(as_weights(weights, count))
        return Samples(checked, targets, weights)

    def __len__(self) -> int:
        return len(next(_leaves(self.inputs)))

    @property
    def sum_of_weights(self) -> float:
        """Return the sum of the weights, the number of events if there are none."""
        return float(len(self) if self.weights is None else self.weights.sum())

    def take(self, rows: Any) -> "Samples":
        """Return the events of these rows: indices, a slice, or truth values."""

        def part(array: Any) -> Any:
            return None if array is None else array[rows]

        return Samples(
            _mapped(part, self.inputs), part(self.targets), part(self.weights)
        )

    def weighted(self, weights: Any) -> "Samples":
        """Return the same events with other weights."""
        return Samples.of(self.inputs, self.targets, weights=weights)


def _each(inputs: Any, name: str, *, missing: bool) -> Any:
    if isinstance(inputs, dict):
        if not inputs:
            raise LikelyError(f"`{name}` is an empty dictionary; give an array.")
        return {
            k: _each(v, f"{name}[{k!r}]", missing=missing) for k, v in inputs.items()
        }
    return _checked(inputs, name, missing=missing)


def _checked(
    values: Any, name: str, *, missing: bool = False
) -> Shaped[np.ndarray, " events *shape"]:
    try:
        array = np.asarray(values)
    except (TypeError, ValueError):
        raise LikelyError(
            f"`{name}` must be one array with the events first; its entries have "
            "different lengths: pad them, and give a mask beside them."
        ) from None
    if array.dtype.kind not in "biuf":
        raise LikelyError(f"`{name}` must be numbers; got {array.dtype}.")
    if array.ndim == 0 or len(array) == 0:
        raise LikelyError(
            f"`{name}` must hold at least one event, the first axis counts them; got "
            f"shape {array.shape}."
        )
    if array.dtype.kind == "f":
        # Summed first: the sum is finite unless an entry is not, or in rare overflows.
        with np.errstate(over="ignore", invalid="ignore"):
            suspicious = not np.isfinite(array.sum())
        strange = np.isinf if missing else lambda a: ~np.isfinite(a)
        bad = np.argwhere(strange(array)) if suspicious else np.zeros((0, 1))
        if len(bad):
            place = ", ".join(str(i) for i in bad[0])
            raise LikelyError(
                f"`{name}` must be finite; {len(bad)} of {array.size} entries are not, "
                f"the first is {array[tuple(bad[0])]} at [{place}]; remove these "
                "events or fill in a value."
            )
    return locked(array)


def _check_length(name: str, array: Shaped[np.ndarray, "..."], count: int) -> None:
    if len(array) != count:
        raise LikelyError(
            f"`{name}` has {len(array)} events and the inputs have {count}; the first "
            "axis of all arrays counts the same events."
        )


def _mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    if isinstance(tree, dict):
        return {k: _mapped(function, v) for k, v in tree.items()}
    return function(tree)


def _named(tree: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from _named(value, f"{name}[{key!r}]")
    else:
        yield name, tree


def _leaves(tree: Any) -> Iterator[Any]:
    return (array for _, array in _named(tree, ""))
