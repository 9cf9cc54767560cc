"""Columns of events as the inputs of a network: scaled, encoded, nothing missing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any, final

import numpy as np
from jaxtyping import Float

from ..core.errors import LikelyError, nearest
from .dataset import Dataset
from .splitting import MOST

MISSING = ("error", "median", "mask", "keep")
ENCODINGS = ("one_hot", "dummy", "codes")
_BLOCK = 1 << 13  # events at once: they stay in the cache
_SAME = 1e-12  # a spread below this part of the values is rounding


@final
@dataclass(frozen=True)
class Features:
    r"""Columns and what is made of them; use `Features.of` to fit it to events.

    A numeric column becomes $(x - \bar x) / s$ with mean and standard deviation of the
    events that it was fitted to. A categorical one becomes a column of zeros and ones
    for each of its values, or ("dummy") for each but the first: with a constant term
    beside them, all of them are linearly dependent. With "codes" it stays one column,
    the place of the value among all, from 0, for a `lk.nets.TabularNet` to embed; -1
    where it is missing.

    Args:
        numeric: The numeric columns.
        centre: Their means.
        scale: Their standard deviations.
        fill: What stands for a missing number, the median.
        masked: Numeric columns with a further input that is 1 where they are missing.
        categories: The values of each categorical column.
        missing: What happens to `nan`: "error", "median", "mask" (the median, and an
            input that says so), or "keep", for boosted trees.
        encoding: "one_hot", "dummy" or "codes".
        units: Units of the columns that have one.
    """

    numeric: tuple[str, ...]
    centre: tuple[float, ...]
    scale: tuple[float, ...]
    fill: tuple[float, ...]
    masked: tuple[str, ...] = ()
    categories: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    missing: str = "error"
    encoding: str = "one_hot"
    units: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def of(
        data: Dataset,
        numeric: Sequence[str] = (),
        *,
        categorical: Sequence[str] = (),
        missing: str = "error",
        encoding: str = "one_hot",
    ) -> "Features":
        """Return features fitted to events, those of the training part.

        Args:
            data: The events.
            numeric: Columns, or patterns such as `"jet*_pt"`.
            categorical: Columns of few values, such as a charge, or patterns.
            missing: What happens to `nan`: "error", "median", "mask" or "keep".
            encoding: Of categorical columns: "one_hot", "dummy" or "codes".

        Raises:
            LikelyError: If a column is not there, constant, infinite, or, with
                "error", has no number in some event; or there are no events.
        """
        _one_of("missing", missing, MISSING)
        _one_of("encoding", encoding, ENCODINGS)
        numbers = _matched(data, numeric, "numeric")
        codes = _matched(data, categorical, "categorical")
        both = [name for name in codes if name in numbers]
        if both or not (numbers or codes):
            raise LikelyError(
                f"`{both[0]}` is in `numeric` and in `categorical`; take one."
                if both
                else "`numeric` or `categorical` must name at least one column."
            )
        if not len(data):
            raise LikelyError(
                "there are no events to fit the features to; take a wider selection."
            )
        moments = [_moments(name, data[name], missing) for name in numbers]
        centre, scale, fill, holes = zip(*moments, strict=True) if moments else [()] * 4
        masked = [n for n, hole in zip(numbers, holes, strict=True) if hole]
        return Features(
            tuple(numbers),
            tuple(centre),
            tuple(scale),
            tuple(fill),
            tuple(masked) if missing == "mask" else (),
            {name: _values(name, data[name], missing) for name in codes},
            missing,
            encoding,
            {n: data.units[n] for n in (*numbers, *codes) if data.units.get(n)},
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that are needed, in the order of `raw`."""
        return (*self.numeric, *self.categories)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the inputs, in the order of `matrix`."""
        masks = [f"{name} is missing" for name in self.masked]
        if self.encoding == "codes":
            return (*self.numeric, *masks, *self.categories)
        coded = [
            f"{name} = {value:g}"
            for name, values in self.categories.items()
            for value in self._coded(values)
        ]
        return (*self.numeric, *masks, *coded)

    @property
    def size(self) -> int:
        """Return the number of inputs."""
        return len(self.names)

    @property
    def groups(self) -> dict[str, tuple[int, ...]]:
        """Return for each column the places of the inputs that are made of it."""
        found: dict[str, tuple[int, ...]] = {
            n: (i,) for i, n in enumerate(self.numeric)
        }
        place = len(self.numeric)
        for name in self.masked:
            found[name] = (*found[name], place)
            place += 1
        for name, values in self.categories.items():
            count = 1 if self.encoding == "codes" else len(self._coded(values))
            found[name] = tuple(range(place, place + count))
            place += count
        return found

    @property
    def codes(self) -> dict[int, int]:
        """Return the place of each input that is a code, and how many there are.

        It is what `TabularNet(categories=...)` takes; nothing with another encoding.
        """
        if self.encoding != "codes":
            return {}
        first = self.size - len(self.categories)
        counts = map(len, self.categories.values())
        return dict(enumerate(counts, first))

    @property
    def is_scaled(self) -> bool:
        """Return whether a number goes in as anything but itself."""
        moments = zip(self.centre, self.scale, strict=True)
        return any(pair != (0.0, 1.0) for pair in moments)

    def unscaled(self) -> "Features":
        """Return the same columns, of which numbers go in as they are.

        They are for models that compare: what is equal in single precision is so
        behind a scale only if it is computed in the same way everywhere.
        """
        count = len(self.numeric)
        return replace(self, centre=(0.0,) * count, scale=(1.0,) * count)

    def raw(self, data: Dataset) -> Float[np.ndarray, "events columns"]:
        """Return the columns side by side, as they are.

        Raises:
            LikelyError: If one is missing, has another unit than the events that the
                features were fitted to, or a value that they cannot stand for.
        """
        self._check(data)
        return self._rows(data, slice(None))

    def encode(self, raw: Any) -> Any:
        """Return the inputs of raw columns; the arrays are NumPy's or JAX's.

        Args:
            raw: The columns in the order of `columns`, an event a row, or one event.
        """
        xp = np if isinstance(raw, np.ndarray) else raw.__array_namespace__()
        n = len(self.numeric)
        parts = []
        if n:
            fill = xp.asarray(self.fill, dtype=raw.dtype)
            centre = xp.asarray(self.centre, dtype=raw.dtype)
            scale = xp.asarray(self.scale, dtype=raw.dtype)
            x = raw[..., :n]
            if self.missing not in ("error", "keep"):
                x = xp.where(xp.isnan(x), fill, x)
            parts.append((x - centre) / scale)
        for name in self.masked:
            x = raw[..., self.numeric.index(name), None]
            parts.append(xp.isnan(x).astype(raw.dtype))
        for i, values in enumerate(self.categories.values()):
            coded = xp.asarray(self._coded(values), dtype=raw.dtype)
            flags = (raw[..., n + i, None] == coded).astype(raw.dtype)
            if self.encoding == "codes":
                number = xp.arange(1, len(values) + 1, dtype=raw.dtype)
                flags = xp.sum(flags * number, axis=-1, keepdims=True) - 1
            parts.append(flags)
        return xp.concatenate(parts, axis=-1)

    def matrix(self, data: Dataset) -> Float[np.ndarray, "events inputs"]:
        """Return the inputs of all events in single precision.

        Raises:
            LikelyError: As `raw` does.
        """
        found = np.empty((len(data), self.size), np.float32)
        self._check(data)
        for begin in range(0, len(data), _BLOCK):
            rows = slice(begin, begin + _BLOCK)
            with np.errstate(over="ignore"):
                found[rows] = self.encode(self._rows(data, rows))
            self._check_range(found[rows])
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return what `of_dict` takes, for JSON."""
        return asdict(self)

    @staticmethod
    def of_dict(content: Mapping[str, Any]) -> "Features":
        """Return the features that `to_dict` wrote."""
        known = {k: tuple(v) if isinstance(v, list) else v for k, v in content.items()}
        values = {k: tuple(v) for k, v in content["categories"].items()}
        return Features(**{**known, "categories": values})

    def _coded(self, values: tuple[float, ...]) -> tuple[float, ...]:
        return values[1:] if self.encoding == "dummy" else values

    def _rows(self, data: Dataset, rows: slice) -> Float[np.ndarray, "events columns"]:
        columns = [data[name][rows] for name in self.columns]
        return np.stack(columns, axis=1, dtype=np.float64, casting="unsafe")

    def _check(self, data: Dataset) -> None:
        for name in self.columns:
            self._check_unit(name, data)
            values = np.asarray(data[name], float)
            _check_numbers(name, values, self.missing)
            if name in self.categories:
                self._check_categories(name, values)

    def _check_unit(self, name: str, data: Dataset) -> None:
        known, given = self.units.get(name, ""), data.units.get(name, "")
        if name in data.columns and known != given:
            raise LikelyError(
                f"column `{name}` is in {given or 'no unit'}, and was in "
                f"{known or 'no unit'} in training; units are not converted: give it "
                "in the same unit, and say so in `units`."
            )

    def _check_range(self, inputs: Float[np.ndarray, "events inputs"]) -> None:
        # What is missing may be nan, and nothing else has become so.
        strange = np.isinf(inputs) if self.missing == "keep" else ~np.isfinite(inputs)
        if not strange.any():
            return
        for i, name in enumerate(self.numeric):
            if strange[:, i].any():
                usual = f"{self.centre[i]:g} +- {self.scale[i]:g}, "
                raise LikelyError(
                    f"column `{name}` has values so far from those of the training, "
                    f"{usual if self.is_scaled else ''}that single precision cannot "
                    "hold them; select events."
                )

    def _check_categories(
        self, name: str, values: Float[np.ndarray, " events"]
    ) -> None:
        known = self.categories[name]
        strange = ~np.isin(values, known) & ~np.isnan(values)
        if strange.any():
            found = ", ".join(f"{v:g}" for v in np.unique(values[strange])[:5])
            raise LikelyError(
                f"categorical column `{name}` is {found} in {strange.sum()} events, "
                "which no event of the training had; select events with "
                f"{', '.join(f'{v:g}' for v in known[:12])}."
            )


def _one_of(argument: str, value: str, options: Sequence[str]) -> None:
    if value not in options:
        hint = nearest(str(value), options)
        raise LikelyError(f"`{argument}` is no `{value}`: {hint}")


def _matched(data: Dataset, patterns: Sequence[str], argument: str) -> list[str]:
    if isinstance(patterns, str):
        raise LikelyError(f"`{argument}` must be a list of columns; got a text.")
    if not isinstance(patterns, Iterable) or not all(
        isinstance(pattern, str) for pattern in patterns
    ):
        raise LikelyError(f"`{argument}` must be names of columns; got {patterns!r}.")
    found: dict[str, None] = {}
    for pattern in patterns:
        if any(c in pattern for c in "*?["):
            matches = [n for n in data.names if fnmatchcase(n, pattern)]
        else:
            matches = [pattern] if pattern in data.columns else []
        if not matches:
            hint = nearest(pattern, data.names)
            raise LikelyError(f"`{argument}`: no column `{pattern}`; {hint}")
        found.update(dict.fromkeys(matches))
    return list(found)


def _check_numbers(
    name: str, values: Float[np.ndarray, " events"], missing: str
) -> None:
    infinite = np.isinf(values).sum()
    if infinite:
        raise LikelyError(
            f"column `{name}` is infinite in {infinite} of {len(values)} events; "
            "define a quantity that is finite, or select events."
        )
    absent = np.isnan(values).sum()
    if absent and missing == "error":
        raise LikelyError(
            f"column `{name}` is nan in {absent} of {len(values)} events; select "
            "events, or take `missing: median` or `missing: mask`."
        )


def _moments(name: str, column: Any, missing: str) -> tuple[float, float, float, bool]:
    values = np.asarray(column, float)
    _check_numbers(name, values, missing)
    known = values[~np.isnan(values)]
    if not len(known):
        raise LikelyError(f"column `{name}` is nan in all events; leave it out.")
    with np.errstate(over="ignore", invalid="ignore"):
        centre, scale = float(known.mean()), float(known.std())
    if not np.isfinite(scale):
        raise LikelyError(
            f"column `{name}` has values up to {np.abs(known).max():.3g}, too large "
            "to be squared; define a quantity of another scale, such as a logarithm."
        )
    if not scale > _SAME * np.abs(known).max():
        raise LikelyError(
            f"column `{name}` is {known[0]:g} in all {len(known)} events of the "
            "training, so nothing can be learnt from it; leave it out."
        )
    return centre, scale, float(np.median(known)), len(known) < len(values)


def _values(name: str, column: Any, missing: str) -> tuple[float, ...]:
    values = np.asarray(column, float)
    _check_numbers(name, values, missing)
    found = np.unique(values[~np.isnan(values)])
    if not 2 <= len(found) <= MOST:
        raise LikelyError(
            f"categorical column `{name}` has {len(found)} values in the training; a "
            f"category has 2 to {MOST}: "
            + ("leave it out." if len(found) < 2 else "it may be `numeric`.")
        )
    return tuple(float(v) for v in found)
