"""A study document against the grammar of its kind: all faults at once, each placed."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ..core.errors import LikelyError, nearest
from . import schema, schema_toys
from .document import Document, kind_of
from .learning import schema as learning
from .schema_values import AbstractSection
from .yaml_reader import Path

Sections: TypeAlias = Mapping[tuple[str, ...], type[AbstractSection]]
# Which section stands where, by kind of study; the one at () is the study itself.
KINDS: dict[str, Sections] = {
    "fit": schema.SECTIONS,
    "toys": schema_toys.SECTIONS,
    "classify": learning.CLASSIFY,
    "regress": learning.REGRESS,
}
_MAX_SHOWN = 20


def validate(document: Document) -> Any:
    """Return the study that the document spells, of the class of its kind.

    Raises:
        LikelyError: If it does not follow the grammar; one line a fault.
    """
    kind = document.data.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        given = "it is missing" if kind is None else f"got {kind_of(kind)}"
        hint = nearest(str(kind)[:60], KINDS)
        raise document.error(("kind",), f"must name a kind of study; {given}: {hint}")
    sections = KINDS[kind]
    try:
        return sections[()].model_validate(document.data)
    except ValidationError as error:
        faults = [_fault(e, sections) for e in error.errors()]
        raise faults_error(document, faults) from None


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


def _fault(error: ErrorDetails, sections: Sections) -> tuple[Path, str]:
    """Return the place and the sentence of one of pydantic's errors."""
    # A dictionary's key that fails is marked "[key]" behind itself.
    path = tuple(part for part in error["loc"] if part != "[key]")
    return path, _sentence(error, path, sections)


def _sentence(error: ErrorDetails, path: Path, sections: Sections) -> str:
    context: dict[str, Any] = error.get("ctx", {})
    match error["type"]:
        case "rule":
            return str(context["sentence"])
        case "value_error":
            return str(context["error"])
        case "extra_forbidden":
            known = _keys(path[:-1], sections)
            return f"is not a key here: {nearest(str(path[-1]), known)}"
        case "missing":
            return "is missing."
        case "model_type" | "model_attributes_type" | "dict_type":
            keys = _keys(path, sections)
            form = f"a mapping with the keys {', '.join(keys)}" if keys else "a mapping"
            return f"must be {form}; got {kind_of(error['input'])}."
        case "list_type":
            return f"must be a list; got {kind_of(error['input'])}."
        case "too_short":
            return "must not be empty."
    return f"is wrong: {error['msg']}; got {kind_of(error['input'])}."


def _keys(path: Path, sections: Sections) -> list[str]:
    """Return the valid keys of the section at `path`; none if it is no section."""
    for pattern, section in sections.items():
        if len(pattern) == len(path) and all(
            want in ("*", part) for want, part in zip(pattern, path, strict=True)
        ):
            return _fields(section)
    return []


def _fields(section: type[AbstractSection]) -> list[str]:
    return [field.alias or name for name, field in section.model_fields.items()]
