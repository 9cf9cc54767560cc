"""What a plain word of YAML means: the core schema of YAML 1.2, and no more.

PyYAML follows YAML 1.1, where the key `on` is true, `no` is false, `1:30` is ninety
and `1e-3` is a text. A study says `on: mass` and `[1e-3, 0, 1]`, so the words are read
by the rules of YAML 1.2.2 (2021, section 10.3.2) instead.
"""

import math
import re
from typing import TypeAlias

ScalarValue: TypeAlias = str | int | float | bool | None

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_NAN = frozenset({".nan", ".NaN", ".NAN"})
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]{1,20}")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{1,16}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITY = re.compile(r"([-+]?)\.(inf|Inf|INF)")


def plain_value(text: str) -> ScalarValue:
    """Return what an unquoted word stands for; a word that is nothing else is text."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if text in _NAN:
        return math.nan
    if match := _INFINITY.fullmatch(text):
        return -math.inf if match[1] == "-" else math.inf
    return _number(text)


def _number(text: str) -> str | int | float:
    if _INTEGER.fullmatch(text):
        # Python refuses to read integers of more than 4300 digits; a number of more
        # than 18 is a float to every reader of a study anyhow.
        return int(text) if len(text) <= 18 else float(text)
    if _OCTAL.fullmatch(text):
        return int(text[2:], 8)
    if _HEXADECIMAL.fullmatch(text):
        return int(text[2:], 16)
    return float(text) if _FLOAT.fullmatch(text) else text
