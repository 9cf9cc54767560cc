"""A study that can be run: found, overridden, checked, and every default filled in."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias, final

from ..core.errors import LikelyError
from ..data import Location
from .catalogue import find_study
from .document import Document, parse_document
from .inputs import absolute_name, as_read, check_columns, located
from .overrides import override, put
from .plan import Plan
from .references import plan
from .schema import FitStudy
from .validation import validate
from .yaml_writer import write_yaml

StudyLike: TypeAlias = str | os.PathLike[str] | Mapping[str, Any]


@final
@dataclass(frozen=True)
class Study:
    """A study whose words, names, files and columns have been checked.

    Args:
        document: As it was written, for the places of errors.
        content: With absolute file names and all defaults.
        plan: With every reference resolved.
        locations: Its data files.
    """

    document: Document
    content: FitStudy
    plan: Plan
    locations: tuple[Location, ...]

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
        data = self.content.model_dump(by_alias=True, exclude_none=True)
        head = self.title.splitlines()[0]
        return f"# {head}\n{write_yaml(data)}"


def load(
    study: StudyLike,
    *,
    overrides: Iterable[str] = (),
    seed: int | None = None,
    data: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] | None = None,
) -> Study:
    """Return a study that can be run; its events are not read yet.

    Args:
        study: A file, the name of a bundled study, or the content as a mapping, whose
            file names are relative to the current folder.
        overrides: `dotted.key=value` each, the value in YAML.
        seed: Replaces the study's own.
        data: Files that replace the study's own, relative to the current folder.

    Raises:
        LikelyError: If it cannot be run; the message says where the fault is.
    """
    document = override(_document(study), overrides)
    if seed is not None:
        document = put(document, ["seed"], seed, f"--seed {seed}")
    if data is not None:
        single = isinstance(data, str | os.PathLike)
        files = [os.fspath(f) for f in ([data] if single else data)]
        files = [absolute_name(file, Path.cwd()) for file in files]
        document = put(document, ["data", "file"], files, f"--data {' '.join(files)}")
    content = validate(document)
    made = plan(content, document)
    locations = located(content.data, document)
    check_columns(content, document, locations)
    title = content.title or document.title or None
    content = content.model_copy(
        update={
            "data": as_read(content.data, locations),
            "name": content.name or _folder_name(document.name),
            "title": title,
        }
    )
    return Study(document, content, made, locations)


def _folder_name(stem: str) -> str:
    """Return the name of a file with what a study's name may not have taken out."""
    return re.sub(r"^\W+|[^\w.+-]+", "-", stem).strip("-.")[:80] or "study"


def _document(study: StudyLike) -> Document:
    if isinstance(study, Mapping):
        # Its lines would be those of a text that the user has never seen.
        return replace(parse_document(write_yaml(study)), lines={})
    if isinstance(study, str | os.PathLike):
        return find_study(study)
    raise LikelyError(
        "`study` must be a file, the name of a bundled study, or a mapping; "
        f"got {type(study).__name__}."
    )
