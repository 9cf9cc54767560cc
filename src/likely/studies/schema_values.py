"""The values that entries of a study may take, each with the sentence if it is not."""

import math
from collections.abc import Iterable
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, PlainValidator, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from ..core.errors import LikelyError, nearest
from ..core.expression import parse
from .document import kind_of
from .units import unit_fault

MAX_TEXT = 20_000
# A place inside a section, and what is wrong there.
Located: TypeAlias = tuple[tuple[str | int, ...], str]


class AbstractSection(BaseModel):
    """A mapping of fixed keys; any other key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=False)


def raise_faults(faults: Iterable[Located]) -> None:
    """Raise faults at the places inside a section where they are.

    Raises:
        ValidationError: If there is a fault.
    """
    details = [
        InitErrorDetails(
            type=PydanticCustomError("rule", "{sentence}", {"sentence": sentence}),
            loc=place,
            input=None,
        )
        for place, sentence in faults
    ]
    if details:
        raise ValidationError.from_exception_data("section", details)


def number(value: Any) -> float:
    """Return a finite number.

    Raises:
        ValueError: If it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"must be a number; got {kind_of(value)}.")
    try:
        value = float(value)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise ValueError(f"must be a finite number; got {value}.")
    return value


def whole_number(value: Any) -> int:
    """Return a whole number, also if it is written as 60.0.

    Raises:
        ValueError: If it is none.
    """
    as_float = number(value)
    if as_float != int(as_float):
        raise ValueError(f"must be a whole number; got {as_float:g}.")
    return int(as_float)


def text(value: Any) -> str:
    """Return a text that is not empty.

    Raises:
        ValueError: If it is none.
    """
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_TEXT:
        raise ValueError(f"must be a text; got {kind_of(value)}.")
    return value


def truth(value: Any) -> bool:
    """Return true or false.

    Raises:
        ValueError: If it is neither.
    """
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false; got {kind_of(value)}.")
    return value


def unit(value: Any) -> str:
    """Return a unit, empty if there is none.

    Raises:
        ValueError: If it is not known.
    """
    if value is None or value == 1:
        return ""
    if not isinstance(value, str) or len(value) > 60:
        raise ValueError(f"must be a unit, such as GeV; got {kind_of(value)}.")
    if fault := unit_fault(value):
        raise ValueError(fault)
    return value.strip()


def formula(value: Any) -> str:
    """Return the text of a valid expression; a number is one.

    Raises:
        ValueError: If it cannot be parsed.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = repr(number(value))
    if not isinstance(value, str):
        raise ValueError(f"must be an expression; got {kind_of(value)}.")
    try:
        parse(value)
    except LikelyError as error:
        raise ValueError(f"is no expression: {error}") from None
    return value


def name(value: Any) -> str:
    """Return a name that expressions can use.

    Raises:
        ValueError: If it is not an identifier, or means something else there.
    """
    value = text(value)
    try:
        known = parse(value).names == (value,)
    except LikelyError:
        known = False
    if not known:
        raise ValueError(
            "is not a name that expressions can use: letters, digits and `_`, "
            "not beginning with a digit, and no word of the expressions themselves."
        )
    return value


def component_name(value: Any) -> str:
    """Return a name for a component, which also names its parameters.

    Raises:
        ValueError: If it has a character that would confuse names or files.
    """
    value = text(value)
    plain = all(c.isalnum() or c in "_ -+()" for c in value)
    if not plain or not value[0].isalnum() or value != value.strip() or len(value) > 60:
        raise ValueError(
            "is not a component's name: letters, digits, `_`, `-`, `+`, parentheses "
            "and spaces, beginning with a letter or digit, at most 60 characters."
        )
    return value


def ordered_range(value: Any) -> tuple[float, float]:
    """Return `[lower, upper]`.

    Raises:
        ValueError: If it is not two finite numbers in that order.
    """
    numbers = _numbers(value, 2, "[lower, upper]")
    if not numbers[0] < numbers[1]:
        raise ValueError(
            f"must be [lower, upper] with lower < upper; got {list(numbers)}."
        )
    return numbers[0], numbers[1]


def limited(value: Any) -> tuple[float, float, float]:
    """Return `[value, min, max]`.

    Raises:
        ValueError: If it is not three finite numbers, the first between the others.
    """
    start, lower, upper = _numbers(value, 3, "[value, min, max]")
    if fault := limits_fault(start, lower, upper):
        raise ValueError(fault)
    return start, lower, upper


def limits_fault(value: float, lower: float | None, upper: float | None) -> str:
    """Return what is wrong with a start value and its limits, or nothing."""
    low = -math.inf if lower is None else lower
    high = math.inf if upper is None else upper
    if not low < high:
        return f"must have min < max; got min {low:g} and max {high:g}."
    if not low <= value <= high:
        return f"must start inside its limits [{low:g}, {high:g}]; got {value:g}."
    return ""


def mean_and_sigma(value: Any) -> tuple[float, float]:
    """Return `[mean, sigma]`.

    Raises:
        ValueError: If it is not two finite numbers, the second positive.
    """
    mean, sigma = _numbers(value, 2, "[mean, sigma]")
    if sigma <= 0:
        raise ValueError(f"must be [mean, sigma] with sigma > 0; got sigma {sigma:g}.")
    return mean, sigma


def one_of(value: Any, options: Iterable[str], what: str) -> str:
    """Return one of the `options`.

    Raises:
        ValueError: If it is none of them; the sentence lists the nearest.
    """
    options = tuple(options)
    if isinstance(value, str) and value in options:
        return value
    given = f"`{value[:60]}`" if isinstance(value, str) else kind_of(value)
    hint = nearest(str(value)[:60], options)
    raise ValueError(f"must name {what}; got {given}: {hint}")


def _numbers(value: Any, count: int, form: str) -> tuple[float, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"must be {form}; got {kind_of(value)}.")
    if len(value) != count:
        raise ValueError(f"must be {form}, {count} numbers; got {len(value)}.")
    try:
        return tuple(number(item) for item in value)
    except ValueError as error:
        raise ValueError(f"must be {form}, but one of them {error}") from None


Number: TypeAlias = Annotated[float, PlainValidator(number)]
Count: TypeAlias = Annotated[int, PlainValidator(whole_number)]
Text: TypeAlias = Annotated[str, PlainValidator(text)]
Truth: TypeAlias = Annotated[bool, PlainValidator(truth)]
Unit: TypeAlias = Annotated[str, PlainValidator(unit)]
Formula: TypeAlias = Annotated[str, PlainValidator(formula)]
Name: TypeAlias = Annotated[str, PlainValidator(name)]
ComponentName: TypeAlias = Annotated[str, PlainValidator(component_name)]
Range: TypeAlias = Annotated[tuple[float, float], PlainValidator(ordered_range)]
