"""`--set dotted.key=value`: one entry of a study, replaced from outside."""

import copy
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ..core.errors import LikelyError, nearest
from .document import Document, kind_of
from .yaml_reader import MAX_DEPTH, read_yaml


def override(document: Document, settings: Iterable[str]) -> Document:
    """Return the study with entries replaced.

    Args:
        document: The study.
        settings: `dotted.key=value` each, the value in YAML; an index counts list items
            from zero (`constraints.0.gauss=[91.19, 0.2]`).

    Raises:
        LikelyError: If a setting has no `=`, its value is not YAML, or its key leads
            through something that holds no keys.
    """
    for setting in settings:
        path, value = _split(setting)
        document = put(document, path, value, f"--set {setting}")
    return document


def put(document: Document, path: list[str], value: Any, option: str) -> Document:
    """Return the study with one entry replaced.

    Args:
        document: The study.
        path: Keys, and indices as texts.
        value: What to put there.
        option: How the user said it, for errors.

    Raises:
        LikelyError: If the path leads through something that holds no keys.
    """
    data = copy.deepcopy(document.data)
    _put(data, path, value, option)
    written = tuple(_steps(data, path))
    kept = document.overrides.items()
    places = {p: text for p, text in kept if p[: len(written)] != written}
    return replace(document, data=data, overrides={**places, written: option})


def _split(setting: str) -> tuple[list[str], Any]:
    key, equals, text = setting.partition("=")
    path = [part.strip() for part in key.split(".")]
    if not equals or not all(path) or len(path) > MAX_DEPTH:
        raise LikelyError(
            f"`--set {setting[:80]}`: write dotted.key=value, such as "
            "`--set fit.errors=[hesse]`."
        )
    if not text.strip():
        raise LikelyError(
            f"`--set {setting[:80]}`: there is no value; for none write `{key}=null`."
        )
    return path, read_yaml(text, f"`--set {setting[:80]}`")[0]


def _put(data: Any, path: list[str], value: Any, option: str) -> None:
    node = data
    for depth, part in enumerate(path[:-1]):
        if isinstance(node, dict):
            if node.get(part) is None:
                node[part] = {}
            node = node[part]
        else:
            node = node[_index(node, part, path[:depth], option)]
    if isinstance(node, dict):
        node[path[-1]] = value
    else:
        node[_index(node, path[-1], path[:-1], option)] = value


def _index(node: Any, part: str, path: list[str], option: str) -> int:
    """Return the index of a list item, or say why there is none."""
    where = f"`{option[:80]}`: `{'.'.join(path)}` is {kind_of(node)}"
    if not isinstance(node, list):
        raise LikelyError(f"{where} and has no entry `{part}`; set it as a whole.")
    if not part.isascii() or not part.isdigit() or int(part[:6]) >= len(node):
        raise LikelyError(
            f"{where}; its items are counted from 0 and `{part}` is none of them: "
            f"{nearest(part, map(str, range(len(node))))}"
        )
    return int(part)


def _steps(data: Any, path: list[str]) -> Iterable[str | int]:
    """Yield the path with the indices of lists as integers."""
    for part in path:
        step = part if isinstance(data, dict) else int(part)
        yield step
        data = data[step]
