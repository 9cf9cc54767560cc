"""The grammar of what a network is given, and which networks take it."""

from typing import Annotated, Any, final

from pydantic import PlainValidator, model_validator

from ..document import kind_of
from ..schema_values import (
    AbstractSection,
    Located,
    Name,
    number,
    one_of,
    raise_faults,
    text,
)
from .schema_model import NETS_OF_COLUMNS, NETS_OF_IMAGES

MISSING = ("error", "median", "mask", "keep")
ENCODINGS = ("one_hot", "dummy", "codes")


def _patterns(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValueError(
            "must be a list of columns, or of patterns such as jet*_pt; got "
            f"{kind_of(value)}."
        )
    return [text(item) for item in value]


def _missing(value: Any) -> str:
    return one_of(value, MISSING, "what happens to missing numbers")


def _encoding(value: Any) -> str:
    return one_of(value, ENCODINGS, "an encoding of categories")


def _range(value: Any) -> list[float]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"must be [low, high]; got {kind_of(value)}.")
    low, high = number(value[0]), number(value[1])
    if not low < high:
        raise ValueError(f"must be [low, high] with low < high; got {value}.")
    return [low, high]


@final
class FeaturesSection(AbstractSection):
    """What the network is given: columns, or an image."""

    image: Name | None = None
    range: Annotated[list[float], PlainValidator(_range)] | None = None
    numeric: Annotated[list[str], PlainValidator(_patterns)] = []
    categorical: Annotated[list[str], PlainValidator(_patterns)] = []
    missing: Annotated[str, PlainValidator(_missing)] = "error"
    encoding: Annotated[str, PlainValidator(_encoding)] = "one_hot"

    @model_validator(mode="after")
    def _some(self) -> "FeaturesSection":
        columns = ("numeric", "categorical", "missing", "encoding")
        if self.image is not None:
            defaults = {"numeric": [], "categorical": []}
            defaults |= {"missing": "error", "encoding": "one_hot"}
            raise_faults(
                ((key,), "is of columns, and stands beside `image`; take one of them.")
                for key in columns
                if getattr(self, key) != defaults[key]
            )
        elif not self.numeric and not self.categorical:
            raise ValueError(
                "needs columns in `numeric` or in `categorical`, or an `image`."
            )
        elif self.range is not None:
            raise_faults([(("range",), "is an option of `image`; drop it.")])
        return self


def net_faults(study: Any) -> list[Located]:
    """Return what is wrong if the network is not one for what it is given."""
    net, of_images = study.model.net, study.features.image is not None
    if of_images == (net in NETS_OF_IMAGES):
        return []
    right = NETS_OF_IMAGES if of_images else NETS_OF_COLUMNS
    given = "an image" if of_images else "columns"
    text = f"is `{net}`, but `features` is {given}; take {' or '.join(right)}."
    return [(("model", "net"), text)]


def with_net(value: Any) -> Any:
    """Return a study of images with the network for them, if it names none."""
    features = value.get("features") if isinstance(value, dict) else None
    if not isinstance(features, dict) or features.get("image") is None:
        return value
    model = value.get("model", {})
    if not isinstance(model, dict) or model.get("net") is not None:
        return value
    return {**value, "model": {**model, "net": NETS_OF_IMAGES[0]}}
