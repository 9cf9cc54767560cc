"""The files of a study: where they are, and whether they hold what it names."""

import glob
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from ..core.errors import LikelyError, nearest
from ..core.expression import parse
from ..data import Location, locate, read_histogram
from .catalogue import BUNDLED, bundled_data, bundled_folder
from .document import Document
from .plan import Plan
from .schema import FitStudy
from .schema_components import AbstractDensitySection, SampleSection
from .schema_data import DataSection
from .schema_values import AbstractSection
from .validation import faults_error
from .yaml_reader import Path as KeyPath

Section = TypeVar("Section", bound=AbstractDensitySection)
Read = TypeVar("Read", bound=AbstractSection)


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


def with_absolute_templates(study: FitStudy, folder: Path) -> FitStudy:
    """Return the study with the absolute names of the files of its components."""
    changed: dict[str, Any] = {}
    if study.model is not None:
        components = _absolute(study.model.components, folder)
        changed["model"] = study.model.model_copy(update={"components": components})
    if study.simultaneous is not None:
        models = {
            name: model.model_copy(
                update={"components": _absolute(model.components, folder)}
            )
            for name, model in study.simultaneous.models.items()
        }
        changed["simultaneous"] = study.simultaneous.model_copy(
            update={"models": models}
        )
    return study.model_copy(update=changed)


def _absolute(sections: Mapping[str, Section], folder: Path) -> dict[str, Section]:
    return {name: _with_files(s, folder) for name, s in sections.items()}


def _with_files(section: Section, folder: Path) -> Section:
    changed: dict[str, Any] = {}
    if section.file is not None:
        changed["file"] = absolute_name(section.file, folder)
    if section.sample is not None:
        files = _listed(section.sample.file)
        absolute = [absolute_name(file, folder) for file in files]
        changed["sample"] = section.sample.model_copy(
            update={"file": absolute[0] if len(absolute) == 1 else absolute}
        )
    factors = getattr(section, "product", None)
    if factors is not None:
        changed["product"] = [_with_files(factor, folder) for factor in factors]
    return section.model_copy(update=changed) if changed else section


def located(
    sources: Mapping[tuple[str, ...], Any], document: Document
) -> dict[tuple[str, ...], tuple[Location, ...]]:
    """Return the files of each section of data, relative to the study's folder.

    Raises:
        LikelyError: If one is not there, or has no known format.
    """
    found = {}
    for path, section in sources.items():
        absolute = [absolute_name(f, document.folder) for f in _listed(section.file)]
        tree = getattr(section, "histogram", None) or section.tree
        try:
            found[path] = locate(absolute, tree)
        except LikelyError as error:
            sentence = f"cannot be used: {error}{_bundled_hint(absolute)}"
            raise document.error((*path, "file"), sentence) from None
    return found


def _bundled_hint(files: list[str]) -> str:
    """Return what to write instead of a file that is not there, if it is bundled."""
    for file in files:
        name = os.path.basename(file)
        if not os.path.exists(file) and name in bundled_data():
            return f" (`{BUNDLED}{name}` comes with likely)"
    return ""


def as_read(section: Read, locations: tuple[Location, ...]) -> Read:
    """Return the section with every file by its absolute name, no pattern left."""
    if getattr(section, "histogram", None) is not None:
        (location,) = locations
        return section.model_copy(update={"file": str(location.path.absolute())})
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
    study: FitStudy,
    plan: Plan,
    document: Document,
    locations: Mapping[tuple[str, ...], tuple[Location, ...]],
) -> None:
    """Check that the first file of each data holds every column that the study names.

    Raises:
        LikelyError: If one is not there, with the line that names it; one line a fault.
    """
    faults: list[tuple[KeyPath, str]] = []
    for path, section in study.sources.items():
        if section.histogram is None:
            uses = _uses(study, plan, path, section)
            first = locations[path][0]
            faults += column_faults(document, path, section, first, uses)
    if faults:
        raise faults_error(document, faults)


def column_faults(
    document: Document,
    path: KeyPath,
    section: Any,
    first: Location,
    uses: Iterable[tuple[KeyPath, str]],
) -> Iterator[tuple[KeyPath, str]]:
    """Yield what is wrong with the columns that are used of a file.

    Args:
        document: The study.
        path: Of the section that names the file.
        section: It, with a `tree`, and perhaps with definitions.
        first: The file.
        uses: Each place that names a column, and the column.
    """
    with placed(document, (*path, "tree" if section.tree else "file")):
        contents = first.format.contents(first.path, first.tree)
    defined = getattr(section, "define", {})
    known = [*contents, *defined]
    for place, name in uses:
        if name not in known:
            hint = nearest(name, known)
            sentence = f"names `{name}`, which is no column of `{first.path}`; {hint}"
            yield place, sentence
        elif name not in defined and contents[name]:
            sentence = (
                f"names the column `{name}`, which cannot be used: {contents[name]}."
            )
            yield place, sentence
    for name in defined:
        if name in contents:
            place = (*path, "define", name)
            yield place, f"is a column of `{first.path}` already; rename it."


def _uses(
    study: FitStudy, plan: Plan, path: tuple[str, ...], section: DataSection
) -> Iterator[tuple[KeyPath, str]]:
    """Yield each place that names columns of a dataset, and a column that it names."""
    texts: dict[KeyPath, str] = {
        (*path, "define", name): text for name, text in section.define.items()
    }
    texts |= {(*path, "select"): section.select} if section.select else {}
    texts |= {(*path, "weight"): section.weight} if section.weight else {}
    here = None if study.data is not None else path[-1]
    for model in plan.models:
        if model.when is not None:
            texts["simultaneous", "models", model.name, "when"] = model.when
    for place, text in texts.items():
        for name in parse(text).names:
            yield place, name
    if plan.by is not None:
        yield ("simultaneous", "by"), plan.by
    for name in observables_in(plan, here):
        yield ("observables", name), name
    for place, density in density_sections(study):
        if here is None or here == place[2]:
            for name in density.given or ():
                yield (*place, "given"), name


def observables_in(plan: Plan, model: str | None) -> list[str]:
    """Return the observables that must be columns of the data of a model.

    They are its own, and those of no model, whose ranges select events.

    Args:
        plan: Of all models.
        model: Its name; None for data of all models.
    """
    fitted = {o.name for o in plan.fitted}
    own = {
        name
        for m in plan.models
        if model is None or m.name == model
        for name in m.observables
    }
    return [n for n in plan.observables if n in own or n not in fitted]


def check_templates(study: FitStudy, document: Document) -> None:
    """Check that the files of templates are there, and hold what is named.

    Raises:
        LikelyError: If one does not, with the line that names it.
    """
    faults: list[tuple[KeyPath, str]] = []
    for path, section in density_sections(study):
        if section.pdf == "histogram":
            with placed(document, (*path, "file")):
                locate(section.file or "")
            with placed(document, (*path, "name")):
                found = read_histogram(section.file or "", section.name)
            if len(found.names) != 1:
                text = f"is a histogram of {len(found.names)} axes; it must have one."
                faults.append(((*path, "name"), text))
        if section.sample is not None:
            inside, sample = (*path, "sample"), section.sample
            with placed(document, (*inside, "file")):
                first = locate(sample.file, sample.tree)[0]
            uses = _sample_uses(sample, inside, section.observables[0])
            faults += column_faults(document, inside, sample, first, uses)
    if faults:
        raise faults_error(document, faults)


def _sample_uses(
    sample: SampleSection, path: KeyPath, observable: str
) -> Iterator[tuple[KeyPath, str]]:
    for key in ("select", "weight"):
        text = getattr(sample, key)
        for name in parse(text).names if text else ():
            yield (*path, key), name
    key = () if sample.column is None else ("column",)
    yield (*path, *key), sample.column or observable


def density_sections(
    study: FitStudy,
) -> Iterator[tuple[KeyPath, AbstractDensitySection]]:
    """Yield each component, or each factor of it, and where it is written."""
    models: dict[KeyPath, Any] = {}
    if study.model is not None:
        models["model",] = study.model
    if study.simultaneous is not None:
        for name, model in study.simultaneous.models.items():
            models["simultaneous", "models", name] = model
    for path, model in models.items():
        for name, section in model.components.items():
            place = (*path, "components", name)
            if section.product is None:
                yield place, section
            for index, factor in enumerate(section.product or ()):
                yield (*place, "product", index), factor


@contextmanager
def placed(document: Document, path: KeyPath) -> Iterator[None]:
    """Say in an error which entry of the study it is about."""
    try:
        yield
    except LikelyError as error:
        raise document.error(path, f"cannot be used: {error}") from None


def _listed(files: str | list[str]) -> list[str]:
    return files if isinstance(files, list) else [files]
