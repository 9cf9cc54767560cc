"""A study as plain data that knows where each of its entries was written."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, final

from ..core.errors import LikelyError
from .yaml_reader import MAX_CHARACTERS, Path as KeyPath, read_yaml


@final
@dataclass(frozen=True)
class Document:
    """A mapping read from YAML (or given in Python), and the place of each entry.

    Args:
        data: Nested dictionaries, lists and plain values.
        source: What errors call it, such as the file name.
        lines: Line of each entry by its path of keys and indices.
        overrides: What was set from outside, by path: the text that set it.
        folder: What relative file names in it are relative to.
        name: Name of the study, unless it says another.
        title: Its first line, if that is a comment.
    """

    data: dict[str, Any]
    source: str
    lines: Mapping[KeyPath, int] = field(default_factory=dict)
    overrides: Mapping[KeyPath, str] = field(default_factory=dict)
    folder: Path = field(default_factory=Path.cwd)
    name: str = "study"
    title: str = ""

    def place(self, path: KeyPath) -> str:
        """Return where an entry (or the nearest one around it) was written."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.overrides:
                return f"`{self.overrides[path[:end]]}`"
        inside = [text for p, text in self.overrides.items() if p[: len(path)] == path]
        changed = "".join(f", with `{text}`" for text in inside)
        line = self.line(path)
        return self.source + (f", line {line}" if line and path else "") + changed

    def line(self, path: KeyPath) -> int:
        """Return the line of an entry or of the nearest around it; 0 if unknown."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return 0

    def fault(self, path: KeyPath, sentence: str) -> str:
        """Return the sentence with its place and the path of its key in front."""
        key = ".".join(str(part) for part in path)
        return f"{self.place(path)}: " + (f"`{key}` " if key else "") + sentence

    def error(self, path: KeyPath, sentence: str) -> LikelyError:
        """Return the error that says what is wrong with an entry, and where."""
        return LikelyError(self.fault(path, sentence))


def parse_document(text: str, source: str = "the study") -> Document:
    """Return the study in YAML `text`.

    Raises:
        LikelyError: If it is not one YAML mapping.
    """
    data, lines = read_yaml(text, source)
    if data is None:
        raise LikelyError(
            f"{source} is empty; `likely new fit` writes a study to start from."
        )
    if not isinstance(data, dict):
        raise LikelyError(
            f"{source}, line {lines.get((), 1)}: a study is a mapping of keys, "
            f"beginning with `kind: fit`; got {kind_of(data)}."
        )
    return Document(data, source, lines)


def read_document(file: Path) -> Document:
    """Return the study in a file.

    Raises:
        LikelyError: If the file cannot be read as text, or is not one YAML mapping.
    """
    text = read_text(file)
    document = parse_document(text, file.name)
    return replace(
        document, folder=file.parent.absolute(), name=file.stem, title=title_of(text)
    )


def read_text(file: Path) -> str:
    """Return the text of a study file.

    Raises:
        LikelyError: If it is not there, not readable, too large, or not UTF-8.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(4 * MAX_CHARACTERS + 1)
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise LikelyError(
            f"{file} is not a text in UTF-8; is it the data file? A study is YAML."
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise LikelyError(f"the study {file} cannot be read: {reason}.") from None


def title_of(text: str) -> str:
    """Return the first line of a study if it is a comment, without its sign."""
    line, _, _ = text.partition("\n")
    return line.lstrip("# ").strip() if line.startswith("#") else ""


def kind_of(value: Any) -> str:
    """Return what a value is, in words, and the value itself where it is short."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, bool):
        return f"the truth value {str(value).lower()}"
    if isinstance(value, int) and abs(value) >= 10**15:
        return "a number of too many digits"
    if isinstance(value, int | float):
        return f"the number {value:g}"
    text = str(value)
    return f"the text '{text[:60]}{'...' if len(text) > 60 else ''}'"
