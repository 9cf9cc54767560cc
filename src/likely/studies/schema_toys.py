"""The grammar of a study of kind `toys`."""

from typing import Annotated, Any, Literal, final

from pydantic import PlainValidator

from .schema_parts import Errors, Seed, StudyName
from .schema_values import AbstractSection, Text, one_of, whole_number

MAX_TOYS = 10_000_000
MAX_EVENTS = 10**9
TESTS = (
    "likelihood",
    "kolmogorov_smirnov",
    "anderson_darling",
    "point_to_point",
    "mixed_sample",
)


def _toys(value: Any) -> int:
    return _between(value, MAX_TOYS)


def _events(value: Any) -> int:
    return _between(value, MAX_EVENTS)


def _test(value: Any) -> str:
    return one_of(value, TESTS, "a test of goodness of fit")


def _between(value: Any, most: int) -> int:
    number = whole_number(value)
    if not 1 <= number <= most:
        raise ValueError(f"must be between 1 and {most}; got {number}.")
    return number


@final
class ToysStudy(AbstractSection):
    """Data sets drawn from the model of a fit and fitted: pulls and coverage."""

    kind: Literal["toys"]
    name: StudyName | None = None
    title: Text | None = None
    description: Text | None = None
    seed: Seed = 0
    study: Text
    toys: Annotated[int, PlainValidator(_toys)] = 1000
    events: Annotated[int, PlainValidator(_events)] | None = None
    errors: Errors | None = None
    goodness_of_fit: Annotated[str, PlainValidator(_test)] | None = None
    against: Text | None = None


SECTIONS: dict[tuple[str, ...], type[AbstractSection]] = {(): ToysStudy}
