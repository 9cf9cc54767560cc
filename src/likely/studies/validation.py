"""A study document against the grammar of its kind: all faults at once, each placed."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ..core.errors import LikelyError, nearest
from .document import Document, kind_of
from .schema import SECTIONS, FitStudy
from .schema_values import AbstractSection
from .yaml_reader import Path

KINDS: dict[str, type[FitStudy]] = {"fit": FitStudy}
_MAX_SHOWN = 20


def validate(document: Document) -> FitStudy:
    """Return the study that the document spells.

    Raises:
        LikelyError: If it does not follow the grammar; one line a fault.
    """
    kind = document.data.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        given = "it is missing" if kind is None else f"got {kind_of(kind)}"
        hint = nearest(str(kind)[:60], KINDS)
        raise document.error(("kind",), f"must name a kind of study; {given}: {hint}")
    try:
        return KINDS[kind].model_validate(document.data)
    except ValidationError as error:
        raise faults_error(document, [_fault(e) for e in error.errors()]) from None


def faults_error(document: Document, faults: Sequence[tuple[Path, str]]) -> LikelyError:
    """Return one error of all faults, in the order of the file.

    Args:
        document: The study.
        faults: Path of the key, and the rest of the sentence that begins with it.
    """
    placed = sorted(faults, key=lambda fault: document.line(fault[0]))
    sentences = list(dict.fromkeys(document.fault(*fault) for fault in placed))
    if len(sentences) == 1:
        return LikelyError(sentences[0])
    shown = sentences[:_MAX_SHOWN]
    if len(sentences) > len(shown):
        shown.append(f"and {len(sentences) - len(shown)} more.")
    lines = "".join(f"\n  {sentence}" for sentence in shown)
    return LikelyError(f"{document.source} has {len(sentences)} errors:{lines}")


def _fault(error: ErrorDetails) -> tuple[Path, str]:
    """Return the place and the sentence of one of pydantic's errors."""
    # A dictionary's key that fails is marked "[key]" behind itself.
    path = tuple(part for part in error["loc"] if part != "[key]")
    return path, _sentence(error, path)


def _sentence(error: ErrorDetails, path: Path) -> str:
    context: dict[str, Any] = error.get("ctx", {})
    match error["type"]:
        case "rule":
            return str(context["sentence"])
        case "value_error":
            return str(context["error"])
        case "extra_forbidden":
            return f"is not a key here: {nearest(str(path[-1]), _keys(path[:-1]))}"
        case "missing":
            return "is missing."
        case "model_type" | "model_attributes_type" | "dict_type":
            keys = _keys(path)
            form = f"a mapping with the keys {', '.join(keys)}" if keys else "a mapping"
            return f"must be {form}; got {kind_of(error['input'])}."
        case "list_type":
            return f"must be a list; got {kind_of(error['input'])}."
        case "too_short":
            return "must not be empty."
    return f"is wrong: {error['msg']}; got {kind_of(error['input'])}."


def _keys(path: Path) -> list[str]:
    """Return the valid keys of the section at `path`; none if it is no section."""
    for pattern, section in SECTIONS.items():
        if len(pattern) == len(path) and all(
            want in ("*", part) for want, part in zip(pattern, path, strict=True)
        ):
            return _fields(section)
    return []


def _fields(section: type[AbstractSection]) -> list[str]:
    return [field.alias or name for name, field in section.model_fields.items()]
