"""Plain data as YAML text that reads back to the same data."""

import math
from pathlib import PurePath
from typing import Any, final

import numpy as np
import yaml

from ..core.errors import LikelyError
from .yaml_scalars import plain_value


@final
class _Dumper(yaml.SafeDumper):
    """Writes plain data without anchors; texts are quoted where YAML 1.2 asks for it."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: Any) -> yaml.ScalarNode:
    text = str(value)
    # `1e-3` is a text in YAML 1.1, by which PyYAML writes, and a number in 1.2.
    style = None if plain_value(text) == text else "'"
    style = "|" if "\n" in text else style
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _number(dumper: yaml.SafeDumper, value: float) -> yaml.ScalarNode:
    value = float(value)
    whole = value == int(value) and abs(value) < 1e15 if math.isfinite(value) else False
    return dumper.represent_data(int(value)) if whole else _float(dumper, value)


def _float(dumper: yaml.SafeDumper, value: float) -> yaml.ScalarNode:
    text = repr(value)
    if not math.isfinite(value):
        text = {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}[text]
    if "e" in text and "." not in text:
        text = text.replace("e", ".0e")  # YAML 1.1 would not see the number in `1e-20`
    return dumper.represent_scalar("tag:yaml.org,2002:float", text)


def _numpy(dumper: yaml.SafeDumper, value: np.generic) -> yaml.Node:
    return dumper.represent_data(value.item())


_Dumper.add_multi_representer(str, _text)
_Dumper.add_multi_representer(PurePath, _text)
_Dumper.add_multi_representer(np.generic, _numpy)
_Dumper.add_representer(str, _text)
_Dumper.add_representer(float, _number)
_Dumper.add_multi_representer(float, _number)


def write_yaml(data: Any) -> str:
    """Return YAML text of mappings, lists and plain values.

    Raises:
        LikelyError: If there is anything else in `data`.
    """
    try:
        return yaml.dump(
            data,
            Dumper=_Dumper,
            sort_keys=False,
            allow_unicode=True,
            default_flow_style=None,
            width=88,
        )
    except (yaml.YAMLError, RecursionError, TypeError) as error:
        raise LikelyError(
            "a study holds mappings, lists, texts and numbers only; "
            f"{type(error).__name__}: {str(error)[:200]}"
        ) from None
