"""YAML text as plain data, with the line of every key and item.

Only PyYAML's scanner and parser are used: no tag is ever constructed. Aliases are
replayed, so that a bomb of aliases meets the same bound as a long file does.
"""

from collections.abc import Iterator
from typing import Any, NoReturn, TypeAlias, final

import yaml
from yaml import events as ev

from ..core.errors import LikelyError
from .yaml_scalars import plain_value

Path: TypeAlias = tuple[str | int, ...]

MAX_CHARACTERS = 1_000_000
MAX_NODES = 20_000
MAX_DEPTH = 32


def read_yaml(text: str, source: str) -> tuple[Any, dict[Path, int]]:
    """Return the one document in `text` and the line (from 1) of each of its nodes.

    Args:
        text: YAML.
        source: What the text is called in an error, such as a file name.

    Raises:
        LikelyError: If it is not one document of mappings, lists and plain values.
    """
    if len(text) > MAX_CHARACTERS:
        raise LikelyError(
            f"{source}: {len(text)} characters are no study file (at most "
            f"{MAX_CHARACTERS}); is it the data file?"
        )
    nodes = [e for e in _events(text, source) if not _is_frame(e)]
    starts = [e for e in nodes if isinstance(e, ev.DocumentStartEvent)]
    if len(starts) > 1:
        line = starts[1].start_mark.line + 1
        raise LikelyError(
            f"{source}, line {line}: a second document begins; "
            "a study file holds one, so remove the `---`."
        )
    builder = _Builder([e for e in nodes if e not in starts], source)
    return builder.build(), builder.lines


def _is_frame(event: ev.Event) -> bool:
    return isinstance(
        event, ev.StreamStartEvent | ev.StreamEndEvent | ev.DocumentEndEvent
    )


def _events(text: str, source: str) -> Iterator[ev.Event]:
    """Yield the parser's events; every way in which PyYAML fails is one sentence."""
    depth = 0
    try:
        for count, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
            depth += isinstance(event, ev.CollectionStartEvent)
            depth -= isinstance(event, ev.CollectionEndEvent)
            # PyYAML's scanner takes minutes for thousands of open brackets.
            if count > 2 * MAX_NODES or depth > MAX_DEPTH:
                line = event.start_mark.line + 1
                raise LikelyError(
                    f"{source}, line {line}: more than {MAX_NODES} nodes, or nested "
                    f"deeper than {MAX_DEPTH} levels; is it a study?"
                )
            yield event
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise LikelyError(
            f"{source}, line {line}: the character U+{_code(error.character):04X} "
            "is not allowed in YAML; remove it."
        ) from None
    except yaml.MarkedYAMLError as error:
        raise LikelyError(_sentence(error, source)) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        if isinstance(error, LikelyError):
            raise
        # chr() of an escape such as "\UFFFFFFFF" fails inside PyYAML's scanner.
        raise LikelyError(f"{source}: this is not YAML ({error}).") from None


def _code(character: Any) -> int:
    return character if isinstance(character, int) else ord(str(character)[:1] or "\0")


def _sentence(error: yaml.MarkedYAMLError, source: str) -> str:
    mark = error.problem_mark or error.context_mark
    place = f"{source}, line {mark.line + 1}" if mark else source
    problem = str(error.problem or error.context or "this is not YAML")
    if "'\\t'" in problem:
        return f"{place}: a tab; YAML is indented with spaces."
    if "mapping values are not allowed" in problem:
        problem += "; put a text that contains `: ` in quotes, or mend the indentation"
    if "alias" in problem:
        problem += "; put a text that begins with `*` or `&` in quotes"
    return f"{place}: {problem.rstrip('.')}."


@final
class _Builder:
    """Builds plain data of parser events, within bounds of size and depth."""

    def __init__(self, nodes: list[Any], source: str):
        self.nodes = nodes
        self.source = source
        self.lines: dict[Path, int] = {}
        self.anchors: dict[str, int] = {}
        self.built = 0

    def build(self) -> Any:
        if not self.nodes:
            return None
        return self._node(0, ())[0]

    def _fail(self, event: ev.Event, sentence: str) -> NoReturn:
        line = event.start_mark.line + 1 if event.start_mark else 1
        raise LikelyError(f"{self.source}, line {line}: {sentence}")

    def _node(self, at: int, path: Path) -> tuple[Any, int]:
        """Return the node that begins at event `at`, and where the next begins."""
        event = self.nodes[at]
        self.built += 1
        if self.built > MAX_NODES:
            self._fail(
                event, f"more than {MAX_NODES} nodes, aliases counted as copied."
            )
        if len(path) > MAX_DEPTH:
            self._fail(event, f"nested deeper than {MAX_DEPTH} levels.")
        self.lines.setdefault(path, event.start_mark.line + 1)
        if isinstance(event, ev.AliasEvent):
            return self._alias(event, path), at + 1
        if event.tag is not None and event.tag != "!":
            self._fail(
                event, f"the tag `{event.tag}` has no place in a study; drop it."
            )
        if event.anchor is not None:
            self.anchors[event.anchor] = at
        if isinstance(event, ev.MappingStartEvent):
            return self._mapping(at, path)
        if isinstance(event, ev.SequenceStartEvent):
            return self._sequence(at, path)
        return self._scalar(event), at + 1

    def _alias(self, event: ev.AliasEvent, path: Path) -> Any:
        anchor = event.anchor
        if anchor not in self.anchors:
            self._fail(
                event,
                f"`*{anchor}` refers to an anchor that is not there; put a text "
                "that begins with `*` in quotes.",
            )
        # An alias inside its own anchor goes deeper each time and ends at that bound.
        return self._node(self.anchors[anchor], path)[0]

    def _scalar(self, event: ev.ScalarEvent) -> Any:
        text = event.value
        if any("\ud800" <= character <= "\udfff" for character in text):
            self._fail(event, "half of a surrogate pair is not a character.")
        plain = event.implicit[0] and event.tag is None
        return plain_value(text) if plain else text

    def _sequence(self, at: int, path: Path) -> tuple[list[Any], int]:
        items: list[Any] = []
        at += 1
        while not isinstance(self.nodes[at], ev.SequenceEndEvent):
            value, at = self._node(at, (*path, len(items)))
            items.append(value)
        return items, at + 1

    def _mapping(self, at: int, path: Path) -> tuple[dict[str, Any], int]:
        items: dict[str, Any] = {}
        at += 1
        while not isinstance(self.nodes[at], ev.MappingEndEvent):
            event = self.nodes[at]
            key = self._key(event)
            if key in items:
                first = self.lines[(*path, key)]
                self._fail(event, f"the key `{key}` is there already, in line {first}.")
            self.lines[(*path, key)] = event.start_mark.line + 1
            items[key], at = self._node(at + 1, (*path, key))
        return items, at + 1

    def _key(self, event: ev.Event) -> str:
        if not isinstance(event, ev.ScalarEvent):
            self._fail(event, "a key must be a name, not a list, mapping or alias.")
        key = self._scalar(event)
        if not isinstance(key, str):
            self._fail(
                event,
                f"a key must be a name, and `{event.value[:40]}` reads as "
                f"{_KIND[type(key)]}; put it in quotes.",
            )
        return key


_KIND = {
    bool: "a truth value",
    int: "a number",
    float: "a number",
    type(None): "nothing",
}
