"""The data of a study: which files, whether they hold its columns, and the events."""

import glob
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from jaxtyping import Bool

from ..core.errors import LikelyError, nearest
from ..core.expression import parse
from ..core.observable import Observable
from ..data import Dataset, Location, locate, read
from .catalogue import BUNDLED, bundled_data, bundled_folder
from .document import Document
from .plan import Plan
from .schema import FitStudy
from .schema_parts import DataSection
from .validation import faults_error
from .yaml_reader import Path as KeyPath


def located(section: DataSection, document: Document) -> tuple[Location, ...]:
    """Return the files that a study names, relative to the folder where it lies.

    Raises:
        LikelyError: If one is not there, or has no known format.
    """
    files = section.file if isinstance(section.file, list) else [section.file]
    absolute = [absolute_name(file, document.folder) for file in files]
    try:
        return locate(absolute, section.tree)
    except LikelyError as error:
        sentence = f"cannot be used: {error}{_bundled_hint(absolute)}"
        raise document.error(("data", "file"), sentence) from None


def absolute_name(file: str, folder: Path) -> str:
    """Return a file name or pattern so that it does not depend on the folder."""
    if file.startswith(BUNDLED):
        file, folder = file.removeprefix(BUNDLED), bundled_folder()
    file = os.path.expanduser(file)
    if os.path.isabs(file) or "://" in file:
        return file
    base = str(folder)
    # A folder's own brackets are no pattern, unless nothing in the name is.
    return os.path.join(glob.escape(base) if glob.has_magic(file) else base, file)


def _bundled_hint(files: list[str]) -> str:
    """Return what to write instead of a file that is not there, if it is bundled."""
    for file in files:
        name = os.path.basename(file)
        if not os.path.exists(file) and name in bundled_data():
            return f" (`{BUNDLED}{name}` comes with likely)"
    return ""


def as_read(section: DataSection, locations: tuple[Location, ...]) -> DataSection:
    """Return the section with every file by its absolute name, no pattern left."""
    trees = {location.tree for location in locations}
    if len(trees) == 1:
        files = [str(location.path.absolute()) for location in locations]
        tree = trees.pop()
    else:
        files = [
            f"{location.path.absolute()}:{location.tree}" for location in locations
        ]
        tree = None
    return section.model_copy(
        update={"file": files[0] if len(files) == 1 else files, "tree": tree}
    )


def check_columns(
    study: FitStudy, document: Document, locations: tuple[Location, ...]
) -> None:
    """Check that the first file holds every column that the study names.

    Raises:
        LikelyError: If one is not there, with the line that names it; one line a fault.
    """
    first, section = locations[0], study.data
    with placed(document, ("data", "tree" if section.tree else "file")):
        contents = first.format.contents(first.path, first.tree)
    known = [*contents, *section.define]
    faults: list[tuple[KeyPath, str]] = []
    for path, name in _uses(study):
        if name not in known:
            hint = nearest(name, known)
            sentence = f"names `{name}`, which is no column of `{first.path}`; {hint}"
            faults.append((path, sentence))
        elif name not in section.define and contents[name]:
            sentence = (
                f"names the column `{name}`, which cannot be used: {contents[name]}."
            )
            faults.append((path, sentence))
    faults += [
        (("data", "define", name), f"is a column of `{first.path}` already; rename it.")
        for name in section.define
        if name in contents
    ]
    if faults:
        raise faults_error(document, faults)


def _uses(study: FitStudy) -> Iterator[tuple[KeyPath, str]]:
    """Yield each place that names columns, and a column that it names."""
    section = study.data
    texts: dict[KeyPath, str] = {
        ("data", "define", name): text for name, text in section.define.items()
    }
    texts |= {("data", "select"): section.select} if section.select else {}
    texts |= {("data", "weight"): section.weight} if section.weight else {}
    for path, text in texts.items():
        for name in parse(text).names:
            yield path, name
    for name in study.observables:
        yield ("observables", name), name


def read_events(
    study: FitStudy, plan: Plan, document: Document, *, all_columns: bool = False
) -> Dataset:
    """Return the selected events: the fitted observable, and the weights.

    Args:
        study: With absolute file names.
        plan: Which observable is fitted; the ranges of the others are selections.
        document: Where it was written, for the place in an error.
        all_columns: Whether to return every column, of the files and defined.

    Raises:
        LikelyError: If the data cannot be read, or no event is selected.
    """
    section, fitted = study.data, plan.fitted_observable
    try:
        return read(
            section.file,
            columns=None if all_columns else [fitted.name],
            tree=section.tree,
            select=_selection(section.select, plan),
            define=section.define,
            weight=section.weight,
            units={fitted.name: fitted.unit} if fitted.unit else None,
        )
    except LikelyError as error:
        raise document.error(_entry(error), f"cannot be used: {error}") from None


def _entry(error: LikelyError) -> KeyPath:
    """Return the entry of `data` that an error of `read` is about."""
    match = re.search(r"`(select|weight|define)(?:\.(\w+))?`?: ", str(error))
    if match is None:
        return ("data", "select") if "the selection" in str(error) else ("data", "file")
    return ("data", *(part for part in match.groups() if part))


def _selection(select: str | None, plan: Plan) -> str | None:
    """Return the selection, with the range of every observable that is not fitted."""
    ranges = [
        f"{o.lower!r} <= {o.name} <= {o.upper!r}"
        for o in plan.observables.values()
        if o != plan.fitted_observable
    ]
    if not ranges:
        return select
    return " and ".join([f"({select})", *ranges] if select else ranges)


def range_notes(plan: Plan) -> list[str]:
    """Return a sentence for each observable whose range only selects events."""
    return [
        f"`{name}` is in no component; its range selects events."
        for name in plan.observables
        if name != plan.fitted_observable.name
    ]


def in_range(
    events: Dataset, observable: Observable, document: Document
) -> Bool[np.ndarray, " events"]:
    """Return which events lie in the range of an observable.

    Raises:
        LikelyError: If a value is not finite, or no event is in the range.
    """
    path = ("observables", observable.name)
    values = np.asarray(events[observable.name], float)
    bad = ~np.isfinite(values)
    if bad.any():
        raise document.error(
            path,
            f"is not finite in {int(bad.sum())} of {len(values)} selected events; "
            f"leave them out, with `data.select` such as isfinite({observable.name}).",
        )
    inside = (values >= observable.lower) & (values <= observable.upper)
    if not inside.any():
        raise document.error(
            path,
            f"has none of the {len(values)} selected events in its range "
            f"[{observable.lower:g}, {observable.upper:g}]: they span "
            f"[{values.min():g}, {values.max():g}]; mend the range or the unit.",
        )
    return inside


@contextmanager
def placed(document: Document, path: KeyPath) -> Iterator[None]:
    """Say in an error which entry of the study it is about."""
    try:
        yield
    except LikelyError as error:
        raise document.error(path, f"cannot be used: {error}") from None
