"""Histograms as data: counts in bins of one or several quantities."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
from jaxtyping import Float

from ..core.errors import LikelyError, nearest
from .dataset import Dataset, Source, locked
from .filling import edges_of, filled, places_of, ranges_of, rising


@final
@dataclass(frozen=True, eq=False, repr=False, init=False)
class Binned:
    r"""A histogram: $n_b$, and of weighted events $V_b = \sum w^2$, in each bin.

    Use `Binned.of` to make one of events, `read_histogram` to read one from a file,
    `as_binned` for one of another package.

    Args:
        names: What is measured along each axis; one name for a single axis.
        edges: Bin edges of each axis, rising; a single array for a single axis.
        counts: Events, or sum of weights, in each bin; one axis for each name.
        variances: Sum of squared weights in each bin, or None for counts of events.
        units: Unit in words of the axes that have one.
        sources: The files behind the events.
        notes: What is to be said of it, for instance what lies outside the bins.

    Raises:
        LikelyError: If the edges do not rise, the shapes do not match, or a number is
            not finite.
    """

    names: tuple[str, ...]
    edges: tuple[Float[np.ndarray, " edges"], ...]
    counts: Float[np.ndarray, "*bins"]
    variances: Float[np.ndarray, "*bins"] | None
    units: Mapping[str, str]
    sources: tuple[Source, ...]
    notes: tuple[str, ...]

    def __init__(
        self,
        names: str | Sequence[str],
        edges: Any,
        counts: Any,
        variances: Any = None,
        *,
        units: Mapping[str, str] | None = None,
        sources: Iterable[Source] = (),
        notes: Iterable[str] = (),
    ):
        single = isinstance(names, str)
        names = (names,) if isinstance(names, str) else tuple(names)
        axes = _axes(names, (edges,) if single and not _nested(edges) else edges)
        counts = _contents("counts", counts, axes)
        if variances is not None:
            variances = _contents("variances", variances, axes)
            if (variances < 0).any():
                raise LikelyError(
                    "`Binned(variances=...)`: a sum of squared weights is never "
                    f"negative; got {variances.min():g}."
                )
        for name in units or {}:
            if name not in names:
                raise LikelyError(
                    f"`Binned(units=...)` names no axis `{name}`; "
                    f"{nearest(name, names)}"
                )
        fields = {"names": names, "edges": axes, "counts": counts}
        fields |= {"variances": variances, "units": dict(units or {})}
        fields |= {"sources": tuple(sources), "notes": tuple(notes)}
        for field, value in fields.items():
            object.__setattr__(self, field, value)

    @staticmethod
    def of(
        dataset: Dataset | Mapping[str, Any],
        bins: Any,
        ranges: Any = (),
    ) -> "Binned":
        """Return the histogram of events; those outside the bins are left out.

        Args:
            dataset: Events, with or without weights.
            bins: For each column, an axis, the number of equal bins or their edges.
            ranges: Lower and upper end of each axis that has a number of bins, by
                name; or observables, for instance `model.observables`.

        Raises:
            LikelyError: If a column is missing or not finite, or an axis has neither
                edges nor a range.
        """
        data = dataset if isinstance(dataset, Dataset) else Dataset.of(dataset)
        if not isinstance(bins, Mapping) or not bins:
            raise LikelyError(
                '`Binned.of(data, bins)` takes bins by column, such as {"mass": 100}; '
                f"got {bins!r}."
            )
        known, units = ranges_of(ranges)
        edges = tuple(edges_of(str(n), b, known) for n, b in bins.items())
        columns = [np.asarray(data[str(name)], float) for name in bins]
        for name, column in zip(bins, columns, strict=True):
            bad = int((~np.isfinite(column)).sum())
            if bad:
                raise LikelyError(
                    f"column `{name}` holds {bad} of {len(column)} values that are not "
                    "finite; select them away, for instance with `isfinite(...)`."
                )
        places = places_of(columns, edges)
        shape = tuple(len(e) - 1 for e in edges)
        inside = places >= 0
        weights, variances = data.weights, None
        if weights is not None:
            variances = filled(places[inside], shape, weights[inside] ** 2)
            weights = weights[inside]
        return Binned(
            tuple(str(name) for name in bins),
            edges,
            filled(places[inside], shape, weights),
            variances,
            units={**units, **{n: u for n, u in data.units.items() if n in bins}},
            sources=data.sources,
            notes=outside_note(int((~inside).sum()), len(data)),
        )

    @property
    def total(self) -> float:
        """Return the sum of all counts."""
        return float(self.counts.sum())

    def axis(self, name: str) -> int:
        """Return the position of an axis.

        Raises:
            LikelyError: If there is none of that name.
        """
        if name not in self.names:
            raise LikelyError(
                f"the histogram has no axis `{name}`; {nearest(name, self.names)}"
            )
        return self.names.index(name)

    def project(self, names: str | Sequence[str]) -> "Binned":
        """Return the histogram of some of its axes, summed over the others."""
        chosen = (names,) if isinstance(names, str) else tuple(names)
        kept = [self.axis(name) for name in chosen]
        if not kept or len(set(kept)) < len(kept):
            raise LikelyError(f"`project` takes different axes; got {chosen!r}.")

        def summed(array: Float[np.ndarray, "*bins"]) -> Float[np.ndarray, "..."]:
            others = tuple(i for i in range(array.ndim) if i not in kept)
            # What is left is in the order of the axes, not of the names.
            left = array.sum(axis=others)
            return np.transpose(left, [sorted(kept).index(i) for i in kept])

        return replace(
            self,
            names=chosen,
            edges=tuple(self.edges[i] for i in kept),
            counts=summed(self.counts),
            variances=None if self.variances is None else summed(self.variances),
            units={n: u for n, u in self.units.items() if n in chosen},
        )

    def within(self, ranges: Any) -> "Binned":
        """Return the bins that lie inside these ranges, given as in `Binned.of`.

        Raises:
            LikelyError: If no bin of an axis does.
        """
        known, _ = ranges_of(ranges)
        found = self
        for name, (lower, upper) in known.items():
            axis, edges = self.axis(name), self.edges[self.axis(name)]
            slack = 1e-6 * np.diff(edges).min()
            inside = (edges >= lower - slack) & (edges <= upper + slack)
            keep = np.flatnonzero(inside[:-1] & inside[1:])
            if not len(keep):
                raise LikelyError(
                    f"`within`: no bin of `{name}` is inside [{lower:g}, {upper:g}]; "
                    f"the bins span [{edges[0]:g}, {edges[-1]:g}]."
                )
            parts = [found.counts, found.variances]
            cut = [None if a is None else a.take(keep, axis) for a in parts]
            new = (*found.edges[:axis], edges[inside], *found.edges[axis + 1 :])
            found = replace(found, edges=new, counts=cut[0], variances=cut[1])
        return found

    def __repr__(self) -> str:
        axes = [
            f"{name}: {len(e) - 1} bins in [{e[0]:g}, {e[-1]:g}]"
            + (f" {self.units[name]}" if name in self.units else "")
            for name, e in zip(self.names, self.edges, strict=True)
        ]
        what = "events" if self.variances is None else "sum of weights"
        return f"Binned({what} {self.total:.6g}; {'; '.join(axes)})"


def outside_note(outside: float, total: float) -> tuple[str, ...]:
    """Return the note on events that are in no bin; none if there are none."""
    if outside == 0:
        return ()
    return (f"{outside:.6g} of {total:.6g} events are outside the bins, left out.",)


def _nested(edges: Any) -> bool:
    """Return whether edges are a list of arrays and not a single array."""
    return isinstance(edges, list | tuple) and len(edges) > 0 and np.ndim(edges[0]) > 0


def _axes(names: tuple[str, ...], edges: Any) -> tuple[np.ndarray, ...]:
    if not names or len(set(names)) < len(names):
        raise LikelyError(f"`Binned(names=...)` needs different names; got {names!r}.")
    axes = list(edges) if isinstance(edges, list | tuple) else [edges]
    if len(axes) != len(names):
        raise LikelyError(
            f"`Binned(edges=...)` needs the edges of each of the {len(names)} axes; "
            f"got {len(axes)}."
        )
    pairs = zip(names, axes, strict=True)
    return tuple(locked(rising(name, axis)) for name, axis in pairs)


def _contents(
    what: str, given: Any, axes: tuple[np.ndarray, ...]
) -> Float[np.ndarray, "*bins"]:
    shape = tuple(len(edges) - 1 for edges in axes)
    try:
        array = np.array(given, float)
    except (TypeError, ValueError):
        raise LikelyError(
            f"`Binned({what}=...)` takes an array of numbers; "
            f"got {type(given).__name__}."
        ) from None
    if array.shape != shape:
        raise LikelyError(
            f"`Binned({what}=...)`: the edges make {shape} bins; got an array of shape "
            f"{array.shape}."
        )
    if not np.isfinite(array).all():
        bad = int((~np.isfinite(array)).sum())
        raise LikelyError(
            f"`Binned({what}=...)`: {bad} of {array.size} bins are not finite."
        )
    return locked(array)
