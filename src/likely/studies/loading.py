"""The front door of reading: what a user names, as a study of its kind, checked."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from ..core.errors import LikelyError
from .catalogue import find_study
from .document import Document, parse_document
from .learning.schema import ClassifyStudy, RegressStudy
from .learning.study import LearningStudy, learning_study
from .overrides import override, put
from .sources import absolute_name
from .study import Study, fit_study
from .toy_study import ToyStudy, toy_study
from .validation import validate
from .yaml_writer import write_yaml

StudyLike: TypeAlias = str | os.PathLike[str] | Mapping[str, Any]
Files: TypeAlias = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


def load(
    study: StudyLike,
    *,
    overrides: Iterable[str] = (),
    seed: int | None = None,
    data: Files | None = None,
) -> Study | ToyStudy | LearningStudy:
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
        document = _with_data(document, data)
    content = validate(document)
    if content.kind == "toys":
        return toy_study(content, document)
    if isinstance(content, ClassifyStudy | RegressStudy):
        return learning_study(content, document)
    return fit_study(content, document)


def _with_data(document: Document, data: Files) -> Document:
    single = isinstance(data, str | os.PathLike)
    files = [os.fspath(f) for f in ([data] if single else data)]
    option = f"--data {' '.join(files)}"
    if document.data.get("kind") == "toys":
        raise LikelyError(
            f"`{option}`: a study of kind toys reads no data of its own; give the data "
            "to the fit that it names."
        )
    files = [absolute_name(file, Path.cwd()) for file in files]
    return put(document, ["data", "file"], files, f"--data {' '.join(files)}")


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
