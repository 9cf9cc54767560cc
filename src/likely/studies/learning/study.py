"""A study of kind `classify` or `regress` that can be run."""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, final

from ...core.errors import LikelyError, nearest
from ...core.expression import parse
from ...data import Location
from ...fit.logs.packages import check_package
from ..document import Document
from ..sources import as_read, column_faults, located
from ..study import folder_name, study_text
from ..validation import faults_error
from ..yaml_reader import Path as KeyPath
from .schema import ClassifyStudy, EventsSection, RegressStudy
from .trial_content import content_with, search_faults, space_of


@final
@dataclass(frozen=True)
class LearningStudy:
    """A training whose words, files and columns have been checked.

    Args:
        document: As it was written, for the places of errors.
        content: With absolute file names and all defaults.
        numeric: The columns that the patterns of `features.numeric` stand for.
        categorical: Those of `features.categorical`.
        locations: The data files of each section.
    """

    document: Document
    content: ClassifyStudy | RegressStudy
    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    locations: dict[tuple[str, ...], tuple[Location, ...]]

    @property
    def name(self) -> str:
        """Return the name of the study."""
        return self.content.name or "study"

    @property
    def title(self) -> str:
        """Return the heading of its report."""
        return self.content.title or self.name

    @property
    def text(self) -> str:
        """Return the study as it is run, as YAML that can be run from any folder."""
        return study_text(self.content, self.title)

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns of events that are read."""
        content = self.content
        target = () if content.target is None else (content.target.column,)
        by = () if content.split.by is None else (content.split.by,)
        image = () if content.features.image is None else (content.features.image,)
        return (*self.numeric, *self.categorical, *image, *target, *by)


def learning_study(
    content: ClassifyStudy | RegressStudy, document: Document
) -> LearningStudy:
    """Return a study of kind `classify` or `regress` that can be run.

    Args:
        content: Which follows the grammar.
        document: Where it was written, for the places of errors.

    Raises:
        LikelyError: If a file or a column is not there.
    """
    sources: dict[tuple[str, ...], Any] = dict(content.sources)
    locations = located(sources, document)
    faults: list[tuple[KeyPath, str]] = []
    numeric, categorical = [
        _matched(content, document, locations, key, faults)
        for key in ("numeric", "categorical")
    ]
    for name in categorical:
        if name in numeric:
            place = ("features", "categorical")
            faults.append((place, f"names `{name}`, which is numeric; take one."))
    for path, section in sources.items():
        uses = list(_uses(content, path, section))
        faults += column_faults(document, path, section, locations[path][0], uses)
        faults += _image_faults(content, locations[path][0])
    faults += search_faults(content)
    faults += _missing_packages(content)
    faults += _searched_columns(content, document)
    if faults:
        raise faults_error(document, faults)
    read = {path: as_read(sources[path], found) for path, found in locations.items()}
    update: dict[str, Any] = {
        "name": content.name or folder_name(document.name),
        "title": content.title or document.title or None,
    }
    if content.data is not None:
        update["data"] = read["data",]
    else:
        update["datasets"] = {path[-1]: s for path, s in read.items()}
    content = content.model_copy(update=update)
    return LearningStudy(
        document, content, tuple(numeric), tuple(categorical), dict(locations)
    )


def _missing_packages(content: Any) -> Iterator[tuple[KeyPath, str]]:
    for section in content.log:
        try:
            check_package(section.to)
        except LikelyError as error:
            yield ("log",), f"cannot be followed: {error}"


def _searched_columns(
    content: Any, document: Document
) -> Iterator[tuple[KeyPath, str]]:
    """Yield the searched choices of columns that the files do not have."""
    space = {} if content.search is None else space_of(content).domains
    for key, domain in space.items():
        for option in domain.corners if key.startswith("features.") else ():
            try:
                learning_study(content_with(content, {key: option}), document)
            except LikelyError as error:
                yield ("search", "space", key), f"does not fit: {error}"


def _image_faults(content: Any, first: Location) -> Iterator[tuple[KeyPath, str]]:
    """Yield what is wrong with the image of each event in a file, if there is one."""
    name = content.features.image
    if name is None:
        return
    shapes = first.format.shapes(first.path, first.tree)
    contents = first.format.contents(first.path, first.tree)
    place = ("features", "image")
    if name in contents and name not in shapes:
        reason = contents[name] or "it has one number in each event"
        text = f"names `{name}`, which is no image: {reason}."
        yield place, text
    elif name not in shapes:
        hint = nearest(name, shapes) if shapes else "there are no arrays in it."
        yield place, f"names `{name}`, which is no array of `{first.path}`; {hint}"


def _matched(
    content: Any,
    document: Document,
    locations: Any,
    key: str,
    faults: list[tuple[KeyPath, str]],
) -> list[str]:
    """Return the columns that patterns stand for, of the first file and defined."""
    path, section = next(iter(content.sources.items()))
    first = locations[path][0]
    contents = first.format.contents(first.path, first.tree)
    known = [*contents, *section.define]
    usable = [n for n in known if not contents.get(n)]
    target = None if content.target is None else content.target.column
    found: dict[str, None] = {}
    for i, pattern in enumerate(getattr(content.features, key)):
        place = ("features", key, i)
        matches = [pattern]
        if _is_pattern(pattern):
            matches = [n for n in usable if n != target and fnmatchcase(n, pattern)]
        if not matches:
            hint = nearest(pattern, known)
            faults.append((place, f"`{pattern}` matches no column; {hint}"))
        if pattern == target:
            faults.append((place, f"names `{pattern}`, which is the target."))
        found.update(dict.fromkeys(matches))
    return list(found)


def _is_pattern(name: str) -> bool:
    return any(c in name for c in "*?[")


def _uses(
    content: Any, path: tuple[str, ...], section: EventsSection
) -> Iterator[tuple[KeyPath, str]]:
    """Yield each place that names columns of a file, and a column that it names."""
    texts: dict[KeyPath, str] = {
        (*path, "define", name): text for name, text in section.define.items()
    }
    texts |= {(*path, "select"): section.select} if section.select else {}
    texts |= {(*path, "weight"): section.weight} if section.weight else {}
    for place, text in texts.items():
        for name in parse(text).names:
            yield place, name
    for name in section.units:
        yield (*path, "units", name), name
    for key in ("numeric", "categorical"):
        for i, name in enumerate(getattr(content.features, key)):
            if not _is_pattern(name):
                yield ("features", key, i), name
    if content.target is not None:
        yield ("target", "column"), content.target.column
    if content.split.by is not None:
        yield ("split", "by"), content.split.by
