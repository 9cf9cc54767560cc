"""Plain data as YAML text that reads back to the same data."""

import math
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, final

import numpy as np
import yaml

from ..core.errors import LikelyError
from .yaml_reader import MAX_DEPTH
from .yaml_scalars import plain_value


def write_yaml(data: Any) -> str:
    """Return YAML text of mappings, lists and plain values.

    Raises:
        LikelyError: If there is anything else in `data`.
    """
    return yaml.dump(
        _plain(data, 0),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=88,
    )


def _plain(value: Any, depth: int) -> Any:
    """Return a copy that shares nothing, so that no anchor is written."""
    if depth > MAX_DEPTH:
        raise LikelyError(f"a study may be nested {MAX_DEPTH} levels deep, not deeper.")
    if isinstance(value, Mapping):
        return {_key(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, PurePath | str):
        return str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    raise LikelyError(
        "a study holds mappings, lists, texts and numbers only; "
        f"got {type(value).__name__}."
    )


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise LikelyError(f"a key of a study must be a text; got {key!r:.60}.")
    return str(key)


@final
class _Dumper(yaml.SafeDumper):
    """Quotes a text and spells a number as YAML 1.2 and 1.1 both read them."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # `1e-3` is a text in YAML 1.1, by which PyYAML writes, and a number in 1.2.
    style = None if plain_value(text) == text else "'"
    style = "|" if "\n" in text else style
    # Only in double quotes does PyYAML escape these, and else folds them to a space.
    style = '"' if any(c in text for c in "\r\x85\u2028\u2029") else style
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _float(dumper: yaml.SafeDumper, value: float) -> yaml.ScalarNode:
    text = repr(value)
    if not math.isfinite(value):
        text = {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}[text]
    if "e" in text and "." not in text:
        text = text.replace("e", ".0e")  # YAML 1.1 would not see the number in `1e-20`
    return dumper.represent_scalar("tag:yaml.org,2002:float", text)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(float, _float)
