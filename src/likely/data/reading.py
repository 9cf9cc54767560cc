"""The front door: files in, a dataset out."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ..core.errors import LikelyError
from ..core.files import sha256_of
from .dataset import Dataset, Source, joined, locked
from .location import Files, Location, locate
from .recipe import Part, Recipe, naming

STEP = 1_000_000  # events at once: what is not kept takes about 8 MB a column


def read(
    files: Files,
    *,
    columns: Sequence[str] | None = None,
    tree: str | None = None,
    select: str | None = None,
    define: Mapping[str, str] | None = None,
    weight: str | None = None,
    units: Mapping[str, str] | None = None,
) -> Dataset:
    """Read events from ROOT, Parquet, HDF5, CSV or NPZ files.

    Only the columns that are used are read, and `select`, `define` and `weight` are
    evaluated while reading, so that memory holds little more than what is kept.

    Args:
        files: A path, a glob, `file.root:tree`, or a list of these: one dataset.
        columns: The columns wanted, of the files or defined; by default all that hold
            one number an event. One named here may have an array in each event, such
            as an image, and goes to `Dataset.arrays`.
        tree: TTree, RNTuple or HDF5 group; not needed where there is only one.
        select: Condition that events are kept by, for instance "pt > 20 & eta < 2".
        define: New columns by name, expressions of other columns in any order.
        weight: A column or an expression; negative weights are allowed.
        units: Unit in words of the columns that have one; nothing is converted.

    Raises:
        LikelyError: If a file, tree or column is missing or damaged, an expression is
            wrong, a weight is not finite, or no event is left.
    """
    recipe = Recipe.of(columns, define, select, weight)
    parts: list[Part] = []
    sources: list[Source] = []
    names: tuple[str, ...] | None = None
    for location in locate(files, tree):
        found, needed = needed_columns(location, recipe, arrays=True)
        if recipe.columns is None:
            check_same(names, found, location)
            names = found
        read_here = list(parts_of(location, recipe, needed))
        parts += read_here
        sources.append(_source(location, read_here))
    check_events(sources, select)
    weights = [part.weights for part in parts if part.weights is not None]
    of_arrays = dict.fromkeys(name for part in parts for name in part.arrays)
    outputs = [n for n in recipe.outputs(names or ()) if n not in of_arrays]
    found = Dataset(
        {name: locked(_joined(parts, name)) for name in outputs},
        locked(np.concatenate(weights)) if weights else None,
        {},
        tuple(sources),
        {n: locked(joined(n, [p.arrays.pop(n) for p in parts])) for n in of_arrays},
    )
    return found.with_units(units or {})


def needed_columns(
    location: Location, recipe: Recipe, *, arrays: bool = False
) -> tuple[tuple[str, ...], list[str]]:
    """Return the columns of a file that can be read, and those that must be.

    Args:
        location: The file.
        recipe: What is made of it.
        arrays: Whether `columns` may name some that have an array in each event.
    """
    path = location.path
    contents = location.format.contents(path, location.tree)
    readable = tuple(name for name, reason in contents.items() if not reason)
    shapes: dict[str, tuple[int, ...]] = {}
    if arrays and any(contents.get(name) for name in recipe.columns or ()):
        shapes = location.format.shapes(path, location.tree)
    if not readable and not shapes:
        reasons = "; ".join(f"`{n}`: {why}" for n, why in list(contents.items())[:3])
        raise LikelyError(
            f"`{path}` has no column with one number an event"
            + (f" ({reasons})." if reasons else ".")
        )
    return readable, recipe.needs(str(path), contents, shapes)


def check_same(
    names: tuple[str, ...] | None, found: tuple[str, ...], location: Location
) -> None:
    """Refuse a file whose columns differ from those of the files before."""
    differ = [] if names is None else sorted(set(names) ^ set(found))
    if differ:
        has = "has a" if differ[0] in found else "has no"
        raise LikelyError(
            f"`{location.path}` {has} column `{differ[0]}`, unlike the files before; "
            "name the `columns` wanted."
        )


def parts_of(location: Location, recipe: Recipe, needed: list[str]) -> Iterator[Part]:
    """Yield what the events of a file become, chunk by chunk."""
    first_row = 0
    chunks = location.format.chunks(location.path, location.tree, needed, STEP)
    for chunk in chunks:
        with naming(str(location.path)):
            part = recipe.apply(chunk, first_row)
        first_row += part.events_read
        yield part


def _source(location: Location, parts: Sequence[Part]) -> Source:
    return Source(
        str(location.path),
        sha256_of(location.path),
        sum(part.events_read for part in parts),
        sum(part.events_selected for part in parts),
    )


def check_events(sources: Sequence[Source], select: str | None) -> None:
    """Refuse files that hold no event, or a selection that keeps none."""
    files = ", ".join(f"`{source.file}`" for source in sources[:3])
    files += " and others" if len(sources) > 3 else ""
    count = sum(source.events_read for source in sources)
    if count == 0:
        raise LikelyError(f"{files} holds no event.")
    if sum(source.events_selected for source in sources) == 0:
        raise LikelyError(
            f"the selection `{select}` removed all {count} events of {files}; "
            "loosen it."
        )


def _joined(parts: Sequence[Part], name: str) -> np.ndarray:
    # Taken out of the parts, so that only one column is in memory twice.
    return np.concatenate([part.columns.pop(name) for part in parts])
