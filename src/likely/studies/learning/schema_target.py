"""The grammar of what is learnt: classes, or a number and its likelihood."""

from typing import Annotated, Any, final

from pydantic import PlainValidator, model_validator

from ..document import kind_of
from ..schema_values import (
    AbstractSection,
    Name,
    number,
    one_of,
    raise_faults,
    text,
)
from .schema_fit import Positive

LOSSES = ("gaussian", "squared_error", "huber", "quantile", "poisson")


def _loss(value: Any) -> str:
    return one_of(value, LOSSES, "a loss")


def _levels(value: Any) -> list[float]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"must be a list of numbers; got {kind_of(value)}.")
    levels = [number(item) for item in value]
    if not all(0 < level < 1 for level in levels):
        raise ValueError(f"must be between 0 and 1 each; got {levels}.")
    return levels


def _classes(value: Any) -> list[str] | dict[str, float]:
    if isinstance(value, dict):
        found: Any = {text(str(k)): number(v) for k, v in value.items()}
        same = len(set(found.values())) < len(found)
    elif isinstance(value, list):
        found = [text(str(item)) for item in value]
        same = len(set(found)) < len(found)
    else:
        raise ValueError(
            "must list names, of the values 0, 1, 2, ... of the column, or map each "
            f"name to its value; got {kind_of(value)}."
        )
    if len(found) < 2 or same:
        raise ValueError(f"must be at least two different classes; got {value}.")
    return found


@final
class ClassesSection(AbstractSection):
    """Which column says of which class an event is."""

    column: Name
    classes: Annotated[Any, PlainValidator(_classes)]


@final
class NumberSection(AbstractSection):
    """Which column is predicted, and by which likelihood."""

    column: Name
    loss: Annotated[str, PlainValidator(_loss)] = "gaussian"
    sigma: Positive | None = None
    delta: Positive | None = None
    levels: Annotated[list[float], PlainValidator(_levels)] | None = None

    @model_validator(mode="after")
    def _of_loss(self) -> "NumberSection":
        owners = {"sigma": "gaussian", "delta": "huber", "levels": "quantile"}
        raise_faults(
            ((key,), f"is an option of `loss: {owner}`; drop it.")
            for key, owner in owners.items()
            if getattr(self, key) is not None and self.loss != owner
        )
        return self
