"""What the constructors of networks check of their options."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ...core import LikelyError, nearest


def whole(net: Any, name: str) -> int:
    """Return the option `name` of a network, a whole number above zero.

    Raises:
        LikelyError: If it is something else.
    """
    return whole_number(_place(net, name), getattr(net, name), least=1)


def wholes(net: Any, name: str, *, some: bool = False) -> tuple[int, ...]:
    """Return an option of whole numbers above zero; one alone counts as a list of one.

    Args:
        net: The network.
        name: Of the option.
        some: Whether there must be at least one.

    Raises:
        LikelyError: If one is something else, or there is none.
    """
    value, place = getattr(net, name), _place(net, name)
    if _is_whole(value):
        value = (value,)
    listed = isinstance(value, Sequence) or np.ndim(value) == 1
    if not listed or isinstance(value, str):
        raise LikelyError(
            f"{place} must be a list of whole numbers, as in [100, 100]; got {value!r}."
        )
    if some and not len(value):
        raise LikelyError(f"{place} must have at least one number; got none.")
    return tuple(whole_number(place, item, least=1) for item in value)


def whole_number(place: str, value: Any, *, least: int) -> int:
    """Return a whole number.

    Args:
        place: The argument as the user wrote it.
        value: What they gave.
        least: The smallest that will do.

    Raises:
        LikelyError: If it is something else.
    """
    if not _is_whole(value) or value < least:
        raise LikelyError(
            f"{place} must be a whole number, {least} or more; got {value!r}."
        )
    return int(value)


def share(net: Any, name: str) -> float:
    """Return the option `name` of a network, a number from zero to below one.

    Raises:
        LikelyError: If it is something else.
    """
    value = getattr(net, name)
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or not 0 <= value < 1:
        raise LikelyError(
            f"{_place(net, name)} is a share, from 0 to below 1; got {value!r}."
        )
    return float(value)


def choice(net: Any, name: str, options: Iterable[str | None]) -> None:
    """Check that the option `name` of a network is one of a few.

    Raises:
        LikelyError: If it is none of them.
    """
    value, options = getattr(net, name), list(options)
    # A list is no key of a table.
    if isinstance(value, str | None) and value in options:
        return
    hint = nearest(str(value), [option for option in options if option is not None])
    mark = "" if hint.endswith("?") else "."
    none = " Leave it out for none." if None in options else ""
    raise LikelyError(f"{_place(net, name)} cannot be {value!r}; {hint}{mark}{none}")


def flag(net: Any, name: str) -> bool:
    """Return the option `name` of a network, a truth value.

    Raises:
        LikelyError: If it is something else.
    """
    value = getattr(net, name)
    if not isinstance(value, bool | np.bool_):
        raise LikelyError(f"{_place(net, name)} must be true or false; got {value!r}.")
    return bool(value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _place(net: Any, name: str) -> str:
    return f"`{type(net).__name__}({name}=...)`"
