"""Whether data are too large for memory."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from .format import reading
from .location import Files, Location, locate
from .parquet import ParquetFormat
from .reading import needed_columns
from .recipe import Recipe
from .root import RootFormat, open_table

# A fit holds its events twice, as columns and in blocks, and works on more than they.
PART = 0.25
NUMBER = 8  # bytes
WITHOUT_ANSWER = 8e9  # bytes, on a system that does not say how much it has


def should_stream(
    files: Files,
    memory: float | None = None,
    *,
    columns: Sequence[str] | None = None,
    tree: str | None = None,
    select: str | None = None,
    define: Mapping[str, str] | None = None,
    weight: str | None = None,
) -> bool:
    """Return whether events would fill more than a quarter of the memory.

    Columns are counted with eight bytes an event, before any selection.

    Args:
        files: As of `read`, and so are the other arguments.
        memory: In bytes; by default that of this machine.
        columns: The columns wanted, those of the model.
        tree: The table in the files.
        select: Condition that events are kept by.
        define: New columns by name.
        weight: A column or an expression.

    Raises:
        LikelyError: If a file or a column is missing, or an expression is wrong.
    """
    recipe = Recipe.of(columns, define, select, weight)
    room = memory_of_machine() if memory is None else memory
    size = sum(_size(location, recipe) for location in locate(files, tree))
    return size > PART * room


def memory_of_machine() -> float:
    """Return the bytes of memory, of this process's share where there is a limit."""
    if not hasattr(os, "sysconf"):
        return WITHOUT_ANSWER
    total = float(os.sysconf("SC_PAGE_SIZE")) * os.sysconf("SC_PHYS_PAGES")
    limit = Path("/sys/fs/cgroup/memory.max")  # of a container, in Linux
    text = limit.read_text().strip() if limit.is_file() else "max"
    return min(total, float(text)) if text.isdigit() else total


def _size(location: Location, recipe: Recipe) -> float:
    readable, needed = needed_columns(location, recipe)
    made = len(recipe.outputs(readable)) + (recipe.weight is not None)
    events = _events(location)
    if events is not None:
        return NUMBER * events * max(made, len(needed))
    # Text has more than eight bytes a number, HDF5 and NPZ have about as many.
    part = max(made, len(needed)) / max(len(readable), 1)
    return part * location.path.stat().st_size


def _events(location: Location) -> int | None:
    """Return the number of events of a compressed file, None of another."""
    with reading(location.path):
        if isinstance(location.format, ParquetFormat):
            import pyarrow.parquet

            return pyarrow.parquet.read_metadata(location.path).num_rows
        if isinstance(location.format, RootFormat):
            with open_table(location.path, location.tree) as table:
                return int(table.num_entries)
    return None
