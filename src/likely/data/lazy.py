"""Events in files that are read again, a chunk at a time, whenever they are needed."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

from ..core.errors import LikelyError, nearest
from ..core.expression import parse
from ..core.files import sha256_of
from .dataset import Source
from .location import Files, Location, locate
from .npz import NpzFormat
from .reading import check_events, check_same, needed_columns, parts_of
from .recipe import Part, Recipe, naming


@final
@dataclass(frozen=True, eq=False, repr=False)
class Stream:
    """Events that stay in their files; `stream` makes one.

    Args:
        locations: The files.
        recipe: Definitions, selection and weight.
        names: The columns that come out.
        units: Unit in words of the columns that have one.
        stamps: Size and time of each file, which must not change.
    """

    locations: tuple[Location, ...]
    recipe: Recipe
    names: tuple[str, ...]
    units: Mapping[str, str]
    stamps: tuple[tuple[int, int], ...]

    @property
    def weighted(self) -> bool:
        """Return whether events have weights."""
        return self.recipe.weight is not None

    def only(self, names: Sequence[str]) -> "Stream":
        """Return the stream of some of the columns: the others are not read.

        Raises:
            LikelyError: If there is no such column.
        """
        for name in names:
            if name not in self.names:
                hint = nearest(name, self.names)
                raise LikelyError(f"the data have no column `{name}`; {hint}")
        units = {name: unit for name, unit in self.units.items() if name in names}
        recipe = replace(self.recipe, columns=tuple(names))
        return replace(self, recipe=recipe, names=tuple(names), units=units)

    def select(self, text: str) -> "Stream":
        """Return the stream of the events for which the expression `text` holds too.

        Raises:
            LikelyError: If `text` is no expression, or names an unknown column.
        """
        old = self.recipe.select
        with naming("select"):
            alone = parse(text)
            both = alone if old is None else parse(f"({old.text}) and ({text})")
        recipe = replace(self.recipe, select=both)
        for location in self.locations:
            needed_columns(location, recipe)
        return replace(self, recipe=recipe)

    def parts(self) -> Iterator[tuple[int, Part]]:
        """Yield the selected events chunk by chunk, each with the number of its file.

        Raises:
            LikelyError: If a file has changed, is damaged, or a weight is not finite.
        """
        for number, location in enumerate(self.locations):
            if _stamp(location) != self.stamps[number]:
                raise LikelyError(
                    f"`{location.path}` has changed since the stream was opened; its "
                    "events are read several times: open it again when it is complete."
                )
            _, needed = needed_columns(location, self.recipe)
            for part in parts_of(location, self.recipe, needed):
                yield number, part

    def sources(self, counts: Sequence[tuple[int, int]]) -> tuple[Source, ...]:
        """Return the files, given how many events each holds and keeps.

        Raises:
            LikelyError: If there is no event.
        """
        pairs = zip(self.locations, counts, strict=True)
        found = [Source(str(at.path), "", read, kept) for at, (read, kept) in pairs]
        select = self.recipe.select
        check_events(found, None if select is None else select.text)
        return tuple(replace(s, sha256=sha256_of(s.file)) for s in found)

    def __repr__(self) -> str:
        files = ", ".join(str(location.path) for location in self.locations[:3])
        more = f", ... ({len(self.locations)} files)" if len(self.locations) > 3 else ""
        return f"Stream({files}{more}: {', '.join(self.names[:12])})"


def stream(
    files: Files,
    *,
    columns: Sequence[str] | None = None,
    tree: str | None = None,
    select: str | None = None,
    define: Mapping[str, str] | None = None,
    weight: str | None = None,
    units: Mapping[str, str] | None = None,
) -> Stream:
    """Open files for a fit to more events than memory holds.

    The arguments are those of `read`. Nothing is read but the names of the columns; a
    fit reads the files once to look at all events, and again for each evaluation of
    its likelihood, a chunk at a time while the one before is computed.

    Args:
        files: A path, a glob, `file.root:tree`, or a list of these.
        columns: The columns wanted; a fit reads those of its model.
        tree: TTree, RNTuple or HDF5 group; not needed where there is only one.
        select: Condition that events are kept by.
        define: New columns by name, expressions of other columns.
        weight: A column or an expression.
        units: Unit in words of the columns that have one.

    Raises:
        LikelyError: If a file, tree or column is missing, an expression is wrong, or a
            file cannot be read in chunks.
    """
    recipe = Recipe.of(columns, define, select, weight)
    locations = locate(files, tree)
    names: tuple[str, ...] | None = None
    for location in locations:
        if isinstance(location.format, NpzFormat):
            raise LikelyError(
                f"`{location.path}` cannot be streamed: an .npz file is read whole; "
                "write the events as Parquet, ROOT, HDF5 or CSV."
            )
        found, _ = needed_columns(location, recipe)
        if recipe.columns is None:
            check_same(names, found, location)
            names = found
    outputs = recipe.outputs(names or ())
    for name in units or {}:
        if name not in outputs:
            raise LikelyError(
                f"`units` names no column `{name}`; {nearest(name, outputs)}"
            )
    stamps = tuple(_stamp(location) for location in locations)
    return Stream(locations, recipe, outputs, dict(units or {}), stamps)


def _stamp(location: Location) -> tuple[int, int]:
    try:
        status = os.stat(location.path)
    except OSError:
        raise LikelyError(
            f"`{location.path}` is gone; its events are read several times."
        ) from None
    return status.st_size, status.st_mtime_ns
