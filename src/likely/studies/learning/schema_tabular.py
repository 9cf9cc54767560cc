"""The grammar of a network that embeds categories: it is given their codes."""

from typing import Any

from ..schema_values import Located
from .schema_features import ENCODINGS

TABULAR = "tabular"
CODES = "codes"


def usual_encoding(net: str) -> str:
    """Return the encoding of categories for a network, where a study names none."""
    return CODES if net == TABULAR else ENCODINGS[0]


def with_codes(value: Any) -> Any:
    """Return a study with codes for the network that embeds them, if it names none."""
    model = value.get("model") if isinstance(value, dict) else None
    if not isinstance(model, dict) or model.get("net") != TABULAR:
        return value
    features = value.get("features")
    if not isinstance(features, dict) or features.get("image") is not None:
        return value
    if features.get("encoding") is not None:
        return value
    return {**value, "features": {**features, "encoding": CODES}}


def tabular_faults(study: Any) -> list[Located]:
    """Return what is wrong with categories and the network that is given them."""
    net, features = study.model.net, study.features
    if net != TABULAR:
        text = f"is `{CODES}`, which `net: {TABULAR}` embeds; take one_hot or dummy."
        wrong = features.encoding == CODES
        return [(("features", "encoding"), text)] if wrong else []
    if features.image is not None:
        return []
    if features.encoding != CODES:
        text = (
            f"is `{features.encoding}`, and `net: {TABULAR}` embeds the categories "
            "itself; drop it."
        )
        return [(("features", "encoding"), text)]
    if not features.categorical:
        text = f"must name columns for `net: {TABULAR}` to embed; else take `mlp`."
        return [(("features", "categorical"), text)]
    return []
