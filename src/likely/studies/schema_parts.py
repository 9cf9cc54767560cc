"""Sections that studies of every kind share: data, observables and parameters."""

import re
from collections.abc import Callable
from typing import Annotated, Any, TypeAlias, final

from pydantic import PlainValidator, model_serializer, model_validator

from .document import kind_of
from .schema_values import (
    AbstractSection,
    Formula,
    Number,
    Range,
    Truth,
    Unit,
    limited,
    limits_fault,
    number,
    one_of,
    text,
    whole_number,
)

ERRORS = ("hesse", "minos")
MAX_SEED = 2**32 - 1


def files(value: Any) -> str | list[str]:
    """Return a file name or a list of them.

    Raises:
        ValueError: If it is neither.
    """
    if not isinstance(value, list):
        return text(value)
    if not value:
        raise ValueError("must be a file or a list of files; got an empty list.")
    return [text(item) for item in value]


def _errors(value: Any) -> list[str]:
    """Return which errors are asked for.

    Raises:
        ValueError: If it is no list of them.
    """
    if not isinstance(value, list):
        raise ValueError(
            f"must be a list of {', '.join(ERRORS)}; got {kind_of(value)}."
        )
    return list(dict.fromkeys(one_of(item, ERRORS, "errors") for item in value))


def _seed(value: Any) -> int:
    """Return the seed of random numbers.

    Raises:
        ValueError: If it is none.
    """
    number = whole_number(value)
    if not 0 <= number <= MAX_SEED:
        raise ValueError(f"must be between 0 and {MAX_SEED}; got {number}.")
    return number


def _study_name(value: Any) -> str:
    """Return the name of a study.

    Raises:
        ValueError: If it cannot be the name of a folder.
    """
    if not isinstance(value, str) or not re.fullmatch(r"\w[\w.+-]{0,79}", value):
        raise ValueError(
            "must be letters, digits, `_`, `-`, `+` and dots, as it names a folder; "
            f"got {kind_of(value)}."
        )
    return value


Errors: TypeAlias = Annotated[list[str], PlainValidator(_errors)]
Seed: TypeAlias = Annotated[int, PlainValidator(_seed)]
StudyName: TypeAlias = Annotated[str, PlainValidator(_study_name)]


@final
class ObservableSection(AbstractSection):
    """Range and unit of a column; events outside the range are left out."""

    range: Range
    unit: Unit = ""


@final
class ParameterSection(AbstractSection):
    """A parameter that moves or is fixed, or a formula of others."""

    value: Number | None = None
    min: Number | None = None
    max: Number | None = None
    unit: Unit = ""
    fixed: Truth = False
    expression: Formula | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "ParameterSection":
        if self.expression is None:
            if self.value is None:
                raise ValueError("needs a `value`, or an `expression` of parameters.")
            if fault := limits_fault(self.value, self.min, self.max):
                raise ValueError(fault)
            return self
        others = {"value", "min", "max", "fixed"} & self.model_fields_set
        if others:
            raise ValueError(
                "is an `expression`, and that excludes "
                f"{' and '.join(f'`{key}`' for key in sorted(others))}."
            )
        return self

    @model_serializer(mode="wrap")
    def _as_given(self, handler: Callable[[Any], Any]) -> dict[str, Any]:
        # Filled-in defaults would stand beside an expression, which excludes them.
        return {k: v for k, v in handler(self).items() if k in self.model_fields_set}


Argument: TypeAlias = float | tuple[float, float, float] | str | ParameterSection


def argument(value: Any) -> Argument:
    """Return a number, `[value, min, max]`, a name or formula, or a mapping.

    Raises:
        ValueError: If it is none of these.
    """
    if isinstance(value, dict):
        return ParameterSection.model_validate(value)
    if isinstance(value, list | tuple):
        return limited(value)
    if isinstance(value, str):
        return text(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value)
    raise ValueError(
        "must be a number, [value, min, max], a mapping, or the name of a "
        f"parameter; got {kind_of(value)}."
    )


def parameter(value: Any) -> float | tuple[float, float, float] | ParameterSection:
    """Return an entry of `parameters`: a mapping, a number or `[value, min, max]`.

    Raises:
        ValueError: If it is none of these.
    """
    if isinstance(value, str):
        raise ValueError(
            f"must be a mapping; for a formula write {{expression: '{value[:60]}'}}."
        )
    return argument(value)  # type: ignore[return-value]


ArgumentValue: TypeAlias = Annotated[Any, PlainValidator(argument)]
ParameterValue: TypeAlias = Annotated[Any, PlainValidator(parameter)]
