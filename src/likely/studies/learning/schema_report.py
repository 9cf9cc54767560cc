"""The grammar of what the report of a training shows."""

from typing import Annotated, Any, final

from pydantic import PlainValidator

from ..document import kind_of
from ..schema_values import AbstractSection, Truth, number, one_of
from .schema_boosted import BOOSTED


def _efficiencies(value: Any) -> list[float]:
    if not isinstance(value, list):
        raise ValueError(f"must be a list of efficiencies; got {kind_of(value)}.")
    found = [number(item) for item in value]
    if not all(0 < efficiency <= 1 for efficiency in found):
        raise ValueError(f"must be efficiencies above 0, up to 1; got {found}.")
    return found


def _baseline(value: Any) -> str:
    return one_of(value, (BOOSTED,), "a baseline")


@final
class LearningReportSection(AbstractSection):
    """What the report shows."""

    working_points: Annotated[list[float], PlainValidator(_efficiencies)] = [
        0.3,
        0.5,
        0.9,
    ]
    importance: Truth = True
    baseline: Annotated[str, PlainValidator(_baseline)] | None = None
