"""A study that can be run: found, overridden, checked, and every default filled in."""

import re
from dataclasses import dataclass
from typing import final

from ..data import Location
from .document import Document
from .plan import Plan
from .references import plan
from .schema import FitStudy
from .schema_values import AbstractSection
from .sources import (
    as_read,
    check_columns,
    check_templates,
    located,
    with_absolute_templates,
)
from .yaml_writer import write_yaml


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
        return study_text(self.content, self.title)


def fit_study(content: FitStudy, document: Document) -> Study:
    """Return a study of kind `fit` that can be run.

    Args:
        content: Which follows the grammar.
        document: Where it was written, for the places of errors.

    Raises:
        LikelyError: If a name, a file or a column is not there.
    """
    content = with_absolute_templates(content, document.folder)
    made = plan(content, document)
    locations = located(content.sources, document)
    check_columns(content, made, document, locations)
    check_templates(content, document)
    sources = content.sources
    content = content.with_sources(
        {path: as_read(sources[path], found) for path, found in locations.items()}
    ).model_copy(
        update={
            "name": content.name or folder_name(document.name),
            "title": content.title or document.title or None,
        }
    )
    files = tuple(location for found in locations.values() for location in found)
    return Study(document, content, made, files)


def folder_name(stem: str) -> str:
    """Return the name of a file with what a study's name may not have taken out."""
    return re.sub(r"^\W+|[^\w.+-]+", "-", stem).strip("-.")[:80] or "study"


def study_text(content: AbstractSection, title: str) -> str:
    """Return a study as YAML, its title on the first line."""
    data = content.model_dump(by_alias=True, exclude_none=True)
    return f"# {title.splitlines()[0]}\n{write_yaml(data)}"
