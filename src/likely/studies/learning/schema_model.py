"""The grammar of a network of columns."""

from typing import Annotated, Any, final

from pydantic import PlainValidator, model_validator

from ..document import kind_of
from ..schema_values import (
    AbstractSection,
    Truth,
    one_of,
    raise_faults,
    whole_number,
)
from .schema_fit import Share

NETS = ("mlp", "linear", "boosted")
ACTIVATIONS = (
    "relu",
    "leaky_relu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "tanh",
    "sigmoid",
    "softplus",
    "identity",
)
NORMALISATIONS = ("none", "layer", "rms")
MOST_WIDTH = 100_000


def _net(value: Any) -> str:
    return one_of(value, NETS, "a network")


def _activation(value: Any) -> str:
    return one_of(value, ACTIVATIONS, "an activation")


def _normalisation(value: Any) -> str:
    return one_of("none" if value is None else value, NORMALISATIONS, "a normalisation")


def _hidden(value: Any) -> list[int]:
    if not isinstance(value, list):
        raise ValueError(
            f"must list the widths of the hidden layers; got {kind_of(value)}."
        )
    widths = [whole_number(item) for item in value]
    if not all(1 <= width <= MOST_WIDTH for width in widths):
        raise ValueError(f"must be widths from 1 to {MOST_WIDTH}; got {widths}.")
    return widths


@final
class LearningModelSection(AbstractSection):
    """Which network, and how large it is."""

    net: Annotated[str, PlainValidator(_net)] = "mlp"
    hidden: Annotated[list[int], PlainValidator(_hidden)] = [100, 100, 100]
    activation: Annotated[str, PlainValidator(_activation)] = "relu"
    dropout: Share = 0.0
    normalisation: Annotated[str, PlainValidator(_normalisation)] = "none"
    residual: Truth = False

    @model_validator(mode="after")
    def _of_mlp(self) -> "LearningModelSection":
        if self.net != "mlp":
            options = self.model_fields_set - {"net"}
            defaults = type(self)()
            raise_faults(
                ((key,), f"is an option of `net: mlp`; drop it for `net: {self.net}`.")
                for key in sorted(options)
                if getattr(self, key) != getattr(defaults, key)
            )
        return self
