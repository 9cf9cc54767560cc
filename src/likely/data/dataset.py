"""A table of events: named columns, weights, units, and where they came from."""

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, final

import numpy as np
from jaxtyping import Bool, Float, Shaped

from ..core.errors import LikelyError, nearest
from ..core.expression import parse
from .column import as_array, as_column, as_weights, condition, defined


@final
@dataclass(frozen=True)
class Source:
    """A file that events were read from.

    Args:
        file: The path as it was given.
        sha256: Fingerprint of its content, in hexadecimal digits.
        events_read: How many events it holds.
        events_selected: How many of them are in the dataset.
    """

    file: str
    sha256: str
    events_read: int
    events_selected: int


@final
@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Events as columns of one length; use `Dataset.of` or `read` to make one.

    Args:
        columns: For each name one 64-bit number, or one condition, an event.
        weights: One weight an event, or None where each counts once.
        units: Unit in words of the columns that have one.
        sources: The files behind the events, in their order.
        arrays: For each name one array an event, such as an image, as it was stored;
            expressions do not know them.
    """

    columns: Mapping[str, Shaped[np.ndarray, " events"]]
    weights: Float[np.ndarray, " events"] | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    arrays: Mapping[str, Shaped[np.ndarray, " events *shape"]] = field(
        default_factory=dict
    )

    @staticmethod
    def of(
        columns: Mapping[str, Any],
        *,
        weights: Any = None,
        units: Mapping[str, str] | None = None,
        arrays: Mapping[str, Any] | None = None,
    ) -> "Dataset":
        """Return a dataset of arrays.

        Args:
            columns: For each name one number, or one condition, an event.
            weights: One weight an event; negative ones are allowed.
            units: Unit in words of the columns that have one, for instance "GeV".
            arrays: For each name one array an event, all of one shape.

        Raises:
            LikelyError: If the columns differ in length or are not numeric, a weight
                is not finite, or a unit belongs to no column.
        """
        if arrays is not None and not isinstance(arrays, Mapping):
            raise LikelyError(
                f"`arrays` must map names to arrays; got {type(arrays).__name__}."
            )
        if not isinstance(columns, Mapping) or not (columns or arrays):
            raise LikelyError(
                "`columns` must map names to arrays and hold at least one; "
                f"got {type(columns).__name__}."
            )
        kept = {str(n): locked(as_column(n, a)) for n, a in columns.items()}
        more = {str(n): locked(as_array(n, a)) for n, a in (arrays or {}).items()}
        for name in more:
            _check_free(name, kept)
        lengths = {name: len(array) for name, array in (kept | more).items()}
        if len(set(lengths.values())) > 1:
            shown = ", ".join(f"`{n}` has {count}" for n, count in lengths.items())
            raise LikelyError(f"all columns must have one length; {shown}.")
        if weights is not None:
            weights = locked(as_weights(weights, next(iter(lengths.values()))))
        return Dataset(kept, weights, arrays=more).with_units(units or {})

    def __len__(self) -> int:
        return len(next(iter((self.columns or self.arrays).values())))

    def __getitem__(self, name: str) -> Shaped[np.ndarray, " events"]:
        if name in self.arrays:
            raise LikelyError(
                f"`{name}` is an array of shape {self.arrays[name].shape[1:]} in each "
                "event, where one number an event is needed; it is in `arrays`."
            )
        if name not in self.columns:
            hint = nearest(name, self.columns)
            raise LikelyError(f"the data have no column `{name}`; {hint}")
        return self.columns[name]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return tuple(self.columns)

    @property
    def sum_of_weights(self) -> float:
        """Return the sum of the weights, the number of events if there are none."""
        return float(len(self) if self.weights is None else self.weights.sum())

    def matrix(self, names: Sequence[str]) -> Float[np.ndarray, "events dim"]:
        """Return the columns `names` side by side, one row an event."""
        if isinstance(names, str) or not names:
            raise LikelyError(f"`names` must list columns; got {names!r}.")
        return np.stack([self[name].astype(np.float64) for name in names], axis=1)

    def select(self, text: str) -> "Dataset":
        """Return the events for which the expression `text` holds.

        Raises:
            LikelyError: If `text` is no condition, or names an unknown column.
        """
        return self.where(condition(parse(text), self.columns, len(self)))

    def where(self, mask: Any) -> "Dataset":
        """Return the events for which `mask` is true.

        Args:
            mask: One truth value an event.

        Raises:
            LikelyError: If it is not that.
        """
        kept = np.asarray(mask)
        if kept.dtype != np.bool_ or kept.shape != (len(self),):
            raise LikelyError(
                f"`mask` must be {len(self)} truth values, one an event; got "
                f"{kept.dtype} of shape {kept.shape}."
            )
        columns = {name: locked(array[kept]) for name, array in self.columns.items()}
        arrays = {name: locked(array[kept]) for name, array in self.arrays.items()}
        weights = None if self.weights is None else locked(self.weights[kept])
        return Dataset(columns, weights, self.units, self._counted(kept), arrays)

    def define(self, name: str, text: str, *, unit: str = "") -> "Dataset":
        """Return the events with one more column, the value of an expression.

        Raises:
            LikelyError: If the name is taken, or `text` names an unknown column.
        """
        _check_free(name, self.columns, self.arrays)
        column = locked(defined(name, parse(text), self.columns, len(self)))
        units = {**self.units, name: unit} if unit else self.units
        return replace(self, columns={**self.columns, name: column}, units=units)

    def with_units(self, units: Mapping[str, str]) -> "Dataset":
        """Return the same numbers with units in words; nothing is converted."""
        for name in units:
            if name not in self.columns:
                hint = nearest(name, self.columns)
                raise LikelyError(f"`units` names no column `{name}`; {hint}")
        return replace(self, units={**self.units, **units})

    def _counted(self, mask: Bool[np.ndarray, " events"]) -> tuple[Source, ...]:
        """Return the sources with what is left of each, whose events are contiguous."""
        ends = np.cumsum([source.events_selected for source in self.sources])
        parts = np.split(mask, ends)[: len(self.sources)]
        return tuple(
            replace(source, events_selected=int(part.sum()))
            for source, part in zip(self.sources, parts, strict=True)
        )

    def _labels(self) -> list[str]:
        units = [self.units.get(name, "") for name in self.names]
        pairs = zip(self.names, units, strict=True)
        arrays = [f"{n} of shape {a.shape[1:]}" for n, a in self.arrays.items()]
        return [*(f"{n} [{unit}]" if unit else n for n, unit in pairs), *arrays]

    def _headline(self) -> str:
        weighted = self.weights is not None
        tail = f", sum of weights {self.sum_of_weights:.6g}" if weighted else ""
        return f"{len(self)} events{tail}"

    def __repr__(self) -> str:
        labels = self._labels()
        more = f", ... ({len(labels)} in all)" if len(labels) > 12 else ""
        return f"Dataset({self._headline()}: {', '.join(labels[:12])}{more})"

    def _repr_html_(self) -> str:
        def cells(tag: str, entries: Iterable[str]) -> str:
            return "".join(f"<{tag}>{html.escape(entry)}</{tag}>" for entry in entries)

        rows = [cells("th", ["column", "type", "first values"])]
        every = *self.columns.values(), *self.arrays.values()
        for label, array in zip(self._labels(), every, strict=True):
            first = ", ".join(_short(value) for value in array[:3].tolist())
            first = first if array.ndim == 1 else ""
            rows.append(cells("td", [label, str(array.dtype), first]))
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        return f"<p>{self._headline()}</p><table>{body}</table>"


def concatenate(datasets: Iterable[Dataset]) -> Dataset:
    """Return the events of several datasets one after the other, as one dataset.

    Raises:
        LikelyError: If they differ in columns or units, or only some have weights.
    """
    parts = list(datasets)
    if not parts:
        raise LikelyError("`concatenate` needs at least one dataset; got none.")
    first = parts[0]
    for number, part in enumerate(parts[1:], 2):
        differ = sorted(set(first.names) ^ set(part.names))
        differ += sorted(first.arrays.keys() ^ part.arrays.keys())
        if differ:
            raise LikelyError(
                f"dataset {number} and the first differ in column `{differ[0]}`; all "
                "need the same columns."
            )
        for name in first.names:
            units = first.units.get(name, ""), part.units.get(name, "")
            if units[0] != units[1]:
                raise LikelyError(
                    f"column `{name}` is in {units[0] or 'no unit'} in the first "
                    f"dataset and in {units[1] or 'no unit'} in dataset {number}; "
                    "units are not converted, define it in one unit."
                )
    weights = [part.weights for part in parts if part.weights is not None]
    if weights and len(weights) < len(parts):
        raise LikelyError("some datasets have weights and others none; weight all.")
    return Dataset(
        {
            name: locked(np.concatenate([p[name] for p in parts]))
            for name in first.names
        },
        locked(np.concatenate(weights)) if weights else None,
        first.units,
        tuple(source for part in parts for source in part.sources),
        {
            name: locked(joined(name, [p.arrays[name] for p in parts]))
            for name in first.arrays
        },
    )


def joined(
    name: str, parts: Sequence[Shaped[np.ndarray, "..."]]
) -> Shaped[np.ndarray, " events *shape"]:
    """Return arrays one after the other.

    Raises:
        LikelyError: If those of an event differ in shape.
    """
    shapes = list(dict.fromkeys(array.shape[1:] for array in parts))
    if len(shapes) > 1:
        raise LikelyError(
            f"`{name}` has arrays of shape {shapes[0]} and others of {shapes[1]}; all "
            "events need one shape."
        )
    return np.concatenate(parts)


def _check_free(name: str, *taken: Mapping[str, Any]) -> None:
    if any(name in names for names in taken):
        raise LikelyError(f"there is a column `{name}` already; take another name.")


def _short(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def locked(array: np.ndarray) -> np.ndarray:
    """Return a view that cannot be written through: a dataset is a value."""
    view = array.view()
    view.flags.writeable = False
    return view
