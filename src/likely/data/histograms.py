"""Histograms of other packages and of ROOT files as `Binned` data."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import LikelyError, nearest
from ..core.files import sha256_of
from .binned import Binned, outside_note
from .dataset import Source
from .format import reading
from .location import locate
from .root import RootFormat, check_whole

_HISTOGRAMS = tuple(f"TH{d}{kind}" for d in (1, 2, 3) for kind in "CSILFD")


def read_histogram(
    file: str | os.PathLike[str],
    name: str | None = None,
    *,
    observables: Sequence[str] | None = None,
) -> Binned:
    """Read a TH1, TH2 or TH3 from a ROOT file.

    What lies outside the bins is left out and counted in a note. Of a histogram with
    `Sumw2` the sums of squared weights become the variances.

    Args:
        file: A ROOT file, or `file.root:folder/name`.
        name: The histogram; not needed where there is only one.
        observables: What each axis measures, in their order; by default its title, or
            x, y, z where it has none.

    Raises:
        LikelyError: If the file or the histogram is missing or damaged.
    """
    found = locate(file, name)
    if len(found) != 1:
        raise LikelyError(f"`read_histogram` reads one file; `{file}` is {len(found)}.")
    (location,) = found
    path = location.path
    if not isinstance(location.format, RootFormat):
        raise LikelyError(
            f"`read_histogram` reads ROOT files; `{path}` is none. Make a histogram of "
            "its events with `Binned.of(read(...), bins)`."
        )
    with reading(path):
        histogram = _histogram(path, location.tree)
        binned = as_binned(histogram, observables)
        entries = int(histogram.member("fEntries"))
    source = Source(str(path), sha256_of(path), entries, round(binned.total))
    return Binned(
        binned.names,
        binned.edges,
        binned.counts,
        binned.variances,
        sources=(source,),
        notes=binned.notes,
    )


def as_binned(histogram: Any, observables: Sequence[str] | None = None) -> Binned:
    """Return a histogram of hist, boost-histogram or uproot as `Binned` data.

    Args:
        histogram: Anything with the protocol of UHI: `axes`, `values()`,
            `variances()`.
        observables: What each axis measures, in their order; by default its name.

    Raises:
        LikelyError: If it is no histogram of counts over intervals.
    """
    if isinstance(histogram, Binned):
        return histogram
    if not all(hasattr(histogram, a) for a in ("axes", "values", "variances")):
        raise LikelyError(
            "`as_binned` takes a histogram of hist, boost-histogram or uproot; "
            f"got {type(histogram).__name__}."
        )
    if "MEAN" in str(getattr(histogram, "kind", "COUNT")):
        raise LikelyError(
            "`as_binned`: a profile holds means, not counts, and cannot be fitted as a "
            "histogram; make one of the counts."
        )
    edges = [_edges(axis, i) for i, axis in enumerate(histogram.axes)]
    names = _names(histogram, len(edges), observables)
    counts = np.asarray(histogram.values(), float)
    variances = _variances(histogram)
    if variances is not None and np.array_equal(variances, counts):
        variances = None  # weights of one: these are counts
    try:
        whole = float(np.asarray(histogram.values(flow=True), float).sum())
    except TypeError:  # not every histogram has bins for what is outside
        whole = float(counts.sum())
    outside = whole - counts.sum()
    if abs(outside) <= 1e-12 * abs(whole):
        outside = 0.0
    note = outside_note(outside, whole)
    return Binned(names, tuple(edges), counts, variances, notes=note)


def _histogram(path: Path, name: str | None) -> Any:
    import uproot

    opened: Any = uproot.open
    with opened(path) as file:
        check_whole(path, file.file.fEND)
        classes = file.classnames(recursive=True)
        names = [n for n, kind in classes.items() if kind in _HISTOGRAMS]
        short = list(dict.fromkeys(n.split(";")[0] for n in names))
        if name is not None:
            wanted = name.strip("/")
            kind = {n.split(";")[0]: k for n, k in classes.items()}.get(wanted)
            if wanted not in short and wanted not in names:
                if kind is not None:
                    raise LikelyError(
                        f"`{name}` of `{path}` is a {kind} and not a TH1, TH2 or TH3; "
                        f"{nearest(name, short)}"
                    )
                raise LikelyError(
                    f"`{path}` holds no histogram `{name}`; {nearest(name, short)}"
                )
            return file[wanted]
        if not short:
            raise LikelyError(f"`{path}` holds no TH1, TH2 or TH3.")
        if len(short) > 1:
            shown = ", ".join(f"`{n}`" for n in short[:12])
            raise LikelyError(
                f"`{path}` holds {len(short)} histograms: {shown}; name one."
            )
        return file[short[0]]


def _edges(axis: Any, number: int) -> Any:
    edges = getattr(axis, "edges", None)
    edges = edges() if callable(edges) else edges  # a method in uproot
    if edges is None or not getattr(getattr(axis, "traits", None), "ordered", True):
        raise LikelyError(
            f"axis {number} of the histogram has categories and no bin edges; choose "
            "one category, or sum over it."
        )
    return np.asarray(edges, float)


def _variances(histogram: Any) -> Any:
    """Return the sums of squared weights, None where none were kept."""
    if hasattr(histogram, "member"):  # uproot makes them up where there are none
        kept = histogram.member("fSumw2", none_if_missing=True)
        if kept is None or len(kept) == 0:
            return None
    variances = histogram.variances()
    if variances is None:
        raise LikelyError(
            "`as_binned`: the histogram was filled with weights and kept no sums of "
            "their squares; fill one with such a storage (`hist.storage.Weight()`)."
        )
    return np.asarray(variances, float)


def _names(
    histogram: Any, dim: int, observables: Sequence[str] | None
) -> tuple[str, ...]:
    if observables is not None:
        given = [observables] if isinstance(observables, str) else list(observables)
        if len(given) != dim:
            raise LikelyError(
                f"the histogram has {dim} axes, so `observables` must name {dim}; "
                f"got {given!r}."
            )
        return tuple(given)
    found = []
    for i, axis in enumerate(histogram.axes):
        title = ""
        if hasattr(axis, "member"):
            title = axis.member("fTitle", none_if_missing=True) or ""
        name = getattr(axis, "name", "") if not hasattr(axis, "member") else title
        found.append(str(name) or "xyz"[i : i + 1] or f"x{i}")
    return tuple(found)
