"""Checks of options, as converters of the fields that hold them."""

import math
import operator
from collections.abc import Callable
from typing import Any

from ..core import LikelyError


def whole(name: str, least: int = 1) -> Callable[[Any], int]:
    """Return a check that an option is a whole number, of any library's type.

    Args:
        name: The option, for the message.
        least: The smallest number that is allowed.
    """
    rule = "a positive whole number" if least == 1 else f"a whole number >= {least}"

    def checked(value: Any) -> int:
        try:
            found = None if isinstance(value, bool) else operator.index(value)
        except TypeError:
            found = None
        if found is None or found < least:
            raise LikelyError(f"`{name}` must be {rule}; got {value!r}.")
        return found

    return checked


def number(
    name: str, rule: str, holds: Callable[[float], bool]
) -> Callable[[Any], float]:
    """Return a check that an option is a number for which `holds` is true.

    Args:
        name: The option, for the message.
        rule: What is allowed, in words.
        holds: Whether a number is allowed; `nan` stands for what is no number.
    """

    def checked(value: Any) -> float:
        try:
            found = math.nan if isinstance(value, bool | str) else float(value)
        except (TypeError, ValueError):
            found = math.nan
        if not holds(found):
            raise LikelyError(f"`{name}` must be {rule}; got {value!r}.")
        return found

    return checked


def fraction(name: str) -> Callable[[Any], float]:
    """Return a check that an option is from 0 to below 1."""
    return number(name, "in [0, 1)", lambda value: 0 <= value < 1)


def positive(name: str) -> Callable[[Any], float]:
    """Return a check that an option is positive and finite."""
    return number(name, "positive", lambda value: 0 < value < math.inf)


def not_negative(name: str) -> Callable[[Any], float]:
    """Return a check that an option is zero or positive, and finite."""
    return number(name, "zero or positive", lambda value: 0 <= value < math.inf)
