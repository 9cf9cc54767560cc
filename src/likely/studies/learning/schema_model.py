"""The grammar of a network of columns or of images."""

from typing import Annotated, Any, final

from pydantic import PlainValidator, model_validator

from ..document import kind_of
from ..schema_values import (
    AbstractSection,
    Located,
    Truth,
    number,
    one_of,
    raise_faults,
    whole_number,
)
from .schema_fit import NotNegative, Share, between

NETS_OF_COLUMNS = ("mlp", "linear", "tabular", "boosted")
NETS_OF_IMAGES = ("conv", "conv_residual")
NETS = (*NETS_OF_COLUMNS, *NETS_OF_IMAGES)
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
NORMALISATIONS = {
    **dict.fromkeys(("mlp", "tabular"), ("none", "layer", "rms")),
    **dict.fromkeys(NETS_OF_IMAGES, ("none", "group", "layer")),
}
POOLINGS = ("maximum", "average", "none")
MOST_WIDTH = 100_000
MOST_FEW = 1000
MOST_TREES = 100_000
MOST_BINS = 255
# The options of each network, and what they are where a study does not say.
_PLAIN: dict[str, Any] = {"activation": "relu", "dropout": 0.0}
OPTIONS: dict[str, dict[str, Any]] = {
    "mlp": {
        **_PLAIN,
        "hidden": [100, 100, 100],
        "normalisation": "none",
        "residual": False,
    },
    "linear": {},
    "tabular": {
        **_PLAIN,
        "hidden": [100, 100, 100],
        "normalisation": "none",
        "embedding": None,
    },
    "boosted": {
        "trees": 500,
        "leaves": 31,
        "minimum_leaf": 20,
        "depth": None,
        "l2": 0.0,
        "columns": 1.0,
        "bins": 255,
    },
    "conv": {
        **_PLAIN,
        "channels": [16, 32],
        "kernel": 3,
        "pooling": "maximum",
        "hidden": [64],
        "normalisation": "none",
    },
    "conv_residual": {
        **_PLAIN,
        "channels": [16, 32, 64],
        "blocks": 2,
        "kernel": 3,
        "normalisation": "group",
    },
}


def _net(value: Any) -> str:
    return one_of(value, NETS, "a network")


def _activation(value: Any) -> str:
    return one_of(value, ACTIVATIONS, "an activation")


def _normalisation(value: Any) -> str:
    every = dict.fromkeys(name for some in NORMALISATIONS.values() for name in some)
    return one_of(value, tuple(every), "a normalisation")


def _pooling(value: Any) -> str:
    return one_of(value, POOLINGS, "a pooling")


def _widths(value: Any) -> list[int]:
    if not isinstance(value, list):
        raise ValueError(
            f"must list the widths of layers, one each; got {kind_of(value)}."
        )
    widths = [whole_number(item) for item in value]
    if not all(1 <= width <= MOST_WIDTH for width in widths):
        raise ValueError(f"must be widths from 1 to {MOST_WIDTH}; got {widths}.")
    return widths


def _channels(value: Any) -> list[int]:
    widths = _widths(value)
    if not widths:
        raise ValueError("must list the channels of at least one convolution; got [].")
    return widths


def _few(value: Any) -> int:
    found = whole_number(value)
    if not 1 <= found <= MOST_FEW:
        raise ValueError(f"must be from 1 to {MOST_FEW}; got {found}.")
    return found


def _trees(value: Any) -> int:
    return between(value, 1, MOST_TREES)


def _leaves(value: Any) -> int:
    return between(value, 2, MOST_WIDTH)


def _bins(value: Any) -> int:
    return between(value, 2, MOST_BINS)


def _columns(value: Any) -> float:
    found = number(value)
    if not 0 < found <= 1:
        raise ValueError(f"must be above 0, up to 1; got {found:g}.")
    return found


Widths = Annotated[list[int], PlainValidator(_widths)]
Channels = Annotated[list[int], PlainValidator(_channels)]
Few = Annotated[int, PlainValidator(_few)]


@final
class LearningModelSection(AbstractSection):
    """Which network, and how large it is."""

    net: Annotated[str, PlainValidator(_net)] = "mlp"
    hidden: Widths | None = None
    channels: Channels | None = None
    kernel: Few | None = None
    blocks: Few | None = None
    pooling: Annotated[str, PlainValidator(_pooling)] | None = None
    activation: Annotated[str, PlainValidator(_activation)] | None = None
    dropout: Share | None = None
    normalisation: Annotated[str, PlainValidator(_normalisation)] | None = None
    residual: Truth | None = None
    embedding: Few | None = None
    trees: Annotated[int, PlainValidator(_trees)] | None = None
    leaves: Annotated[int, PlainValidator(_leaves)] | None = None
    minimum_leaf: Annotated[int, PlainValidator(_trees)] | None = None
    depth: Few | None = None
    l2: NotNegative | None = None
    columns: Annotated[float, PlainValidator(_columns)] | None = None
    bins: Annotated[int, PlainValidator(_bins)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        net = value.get("net", "mlp")
        own = OPTIONS.get(net, {}) if isinstance(net, str) else {}
        every = [*OPTIONS.values()]
        given = {
            key: item
            for key, item in value.items()
            # What is written, but as another network has it anyway, is no choice.
            if item is not None
            and (key in own or all(key not in o or o[key] != item for o in every))
        }
        # What has no default is not there, and then another network may have it.
        return {**{k: v for k, v in own.items() if v is not None}, **given}

    @model_validator(mode="after")
    def _of_net(self) -> "LearningModelSection":
        known = OPTIONS[self.net]
        faults: list[Located] = []
        for key in sorted(self.model_fields_set - {"net", *known}):
            owners = [f"`net: {net}`" for net, some in OPTIONS.items() if key in some]
            text = f"is an option of {' and '.join(owners)}; drop it for `{self.net}`."
            faults.append(((key,), text))
        some = NORMALISATIONS.get(self.net, ())
        if "normalisation" in known and self.normalisation not in some:
            text = f"is one of {', '.join(some)} for `net: {self.net}`."
            faults.append((("normalisation",), text))
        raise_faults(faults)
        return self
