"""The grammar of a training: how the weights of a network are found."""

from typing import Annotated, Any, final

from pydantic import PlainValidator, model_validator

from ..document import kind_of
from ..schema_values import (
    AbstractSection,
    Count,
    Truth,
    number,
    one_of,
    raise_faults,
    whole_number,
)

MINIMISERS = ("adam", "sgd", "momentum", "nesterov", "rmsprop")
SCHEDULES = ("constant", "cosine", "linear", "exponential", "steps")
PRECISIONS = ("float32", "bfloat16")
MOST_EPOCHS = 1_000_000
MOST_MEMBERS = 1000


def between(value: Any, least: int, most: int) -> int:
    """Return a whole number from `least` to `most`.

    Raises:
        ValueError: If it is none.
    """
    found = whole_number(value)
    if not least <= found <= most:
        raise ValueError(f"must be between {least} and {most}; got {found}.")
    return found


def _minimiser(value: Any) -> str:
    return one_of(value, MINIMISERS, "a minimiser")


def _schedule(value: Any) -> str:
    return one_of(value, SCHEDULES, "a schedule")


def _precision(value: Any) -> str:
    return one_of(value, PRECISIONS, "a precision")


def _positive(value: Any) -> float:
    found = number(value)
    if found <= 0:
        raise ValueError(f"must be positive; got {found:g}.")
    return found


def _not_negative(value: Any) -> float:
    found = number(value)
    if found < 0:
        raise ValueError(f"must not be negative; got {found:g}.")
    return found


def _share(value: Any) -> float:
    found = number(value)
    if not 0 <= found < 1:
        raise ValueError(f"must be from 0 to below 1; got {found:g}.")
    return found


def _batch(value: Any) -> int | str:
    if value == "all":
        return "all"
    if isinstance(value, str):
        raise ValueError(f"must be a number of events, or `all`; got {kind_of(value)}.")
    return between(value, 1, 10**9)


def _epochs(value: Any) -> int:
    return between(value, 1, MOST_EPOCHS)


def _members(value: Any) -> int:
    return between(value, 1, MOST_MEMBERS)


Positive = Annotated[float, PlainValidator(_positive)]
NotNegative = Annotated[float, PlainValidator(_not_negative)]
Share = Annotated[float, PlainValidator(_share)]
Members = Annotated[int, PlainValidator(_members)]


@final
class StoppingSection(AbstractSection):
    """When to stop before the last epoch."""

    patience: Annotated[int, PlainValidator(_epochs)] = 15
    smallest: NotNegative = 0.0


def _stopping(value: Any) -> Any:
    if value is None or value is False or isinstance(value, StoppingSection):
        return value or False
    if not isinstance(value, dict):
        raise ValueError(
            "must be a mapping such as {patience: 15}, or false; got "
            f"{kind_of(value)}."
        )
    return StoppingSection.model_validate(value)


@final
class PenaltiesSection(AbstractSection):
    """Priors on the weights of the network."""

    l1: NotNegative = 0.0
    l2: NotNegative = 0.0


@final
class LearningFitSection(AbstractSection):
    """How a network is trained."""

    minimiser: Annotated[str, PlainValidator(_minimiser)] = "adam"
    learning_rate: Positive = 1e-3
    schedule: Annotated[str, PlainValidator(_schedule)] = "cosine"
    warmup: Share = 0.0
    batch: Annotated[Any, PlainValidator(_batch)] = 256
    epochs: Annotated[int, PlainValidator(_epochs)] = 100
    # `false` and not nothing: a resolved study leaves out what is nothing.
    early_stopping: Annotated[Any, PlainValidator(_stopping)] = StoppingSection()
    weight_decay: NotNegative = 0.0
    momentum: Share | None = None
    clip: Positive | None = None
    label_smoothing: Share = 0.0
    penalties: PenaltiesSection = PenaltiesSection()
    balanced: Truth = False
    folds: Members = 1
    ensemble: Members = 1
    precision: Annotated[str, PlainValidator(_precision)] = "float32"
    seed: Count | None = None

    @model_validator(mode="after")
    def _together(self) -> "LearningFitSection":
        faults = []
        if self.folds > 1 and self.ensemble > 1:
            text = (
                "stands beside `folds`, which train a network each; take one of them."
            )
            faults.append((("ensemble",), text))
        if self.momentum is not None and self.minimiser not in ("momentum", "nesterov"):
            text = "is an option of `minimiser: momentum` or `nesterov`; drop it."
            faults.append((("momentum",), text))
        if self.warmup and self.schedule not in ("cosine", "linear"):
            text = "is an option of `schedule: cosine` or `linear`; drop it."
            faults.append((("warmup",), text))
        if self.weight_decay and self.minimiser == "rmsprop":
            text = "is no option of `minimiser: rmsprop`; take `penalties: {l2: ...}`."
            faults.append((("weight_decay",), text))
        raise_faults(faults)
        return self
