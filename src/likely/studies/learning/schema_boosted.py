"""The grammar of boosted trees: which options of a training they have."""

from typing import Any

from ..schema_values import Located
from .schema_model import NETS_OF_IMAGES

BOOSTED = "boosted"
RATE = 0.1
# The options of `fit` that trees have; the others move weights by gradients.
OF_TREES = ("learning_rate", "early_stopping", "balanced", "folds", "ensemble", "seed")
LOSSES_OF_TREES = ("squared_error", "poisson", "quantile")
_INSTEAD = {
    "epochs": "the number of steps is `model.trees`",
    "penalties": "take `model.l2`",
    "weight_decay": "take `model.l2`",
}


def with_defaults_of_trees(value: Any) -> Any:
    """Return a study of boosted trees with what only trees have by default."""
    model = value.get("model") if isinstance(value, dict) else None
    if not isinstance(model, dict) or model.get("net") != BOOSTED:
        return value
    found = _with(value, "fit", "learning_rate", RATE)
    if value.get("kind") != "regress":
        return found
    return _with(found, "target", "loss", LOSSES_OF_TREES[0])


def _with(study: dict[str, Any], section: str, key: str, default: Any) -> Any:
    given = study.get(section)
    given = {} if given is None else given
    if not isinstance(given, dict) or given.get(key) is not None:
        return study
    return {**study, section: {**given, key: default}}


def without_training(net: str, written: dict[str, Any]) -> dict[str, Any]:
    """Return a study as it is written, of trees without what they do not have."""
    if net != BOOSTED or "fit" not in written:
        return written
    fit = {key: item for key, item in written["fit"].items() if key in OF_TREES}
    return {**written, "fit": fit}


def boosted_faults(study: Any) -> list[Located]:
    """Return what is wrong with a study of boosted trees."""
    if study.model.net != BOOSTED:
        text = f"is `keep`, which is for `net: {BOOSTED}`; take median or mask."
        kept = study.features.missing == "keep"
        return [(("features", "missing"), text)] if kept else []
    faults: list[Located] = []
    for key in sorted(study.fit.model_fields_set - {*OF_TREES}):
        instead = f"; {_INSTEAD[key]}" if key in _INSTEAD else "; drop it"
        text = f"is of networks, and means nothing to `net: {BOOSTED}`{instead}."
        faults.append((("fit", key), text))
    if study.fit.ensemble > 1 and study.model.columns == 1:
        text = (
            "would have members that are all the same, since each split looks at all "
            "inputs; take `model.columns` below 1, such as 0.5."
        )
        faults.append((("fit", "ensemble"), text))
    if study.search is not None and study.search.epochs is not None:
        text = f"is of networks; the steps of `net: {BOOSTED}` are `model.trees`."
        faults.append((("search", "epochs"), text))
    if study.kind == "regress":
        faults += _loss_faults(study.target)
    return faults


def _loss_faults(target: Any) -> list[Located]:
    if target.loss not in LOSSES_OF_TREES:
        text = (
            f"is `{target.loss}`, by which trees cannot be boosted; take "
            f"{' or '.join(LOSSES_OF_TREES)}."
        )
        return [(("target", "loss"), text)]
    if target.loss == "quantile" and (target.levels is None or len(target.levels) > 1):
        text = f"must be one level for `net: {BOOSTED}`, such as [0.5]."
        return [(("target", "levels"), text)]
    return []


def baseline_faults(study: Any) -> list[Located]:
    """Return why a classifier cannot be compared with boosted trees."""
    place, net = ("report", "baseline"), study.model.net
    if study.report.baseline is None:
        return []
    if net == BOOSTED:
        text = f"is what `net: {BOOSTED}` would be compared with; drop it."
        return [(place, text)]
    if net in NETS_OF_IMAGES:
        return [(place, "is of boosted trees, which take columns; drop it for images.")]
    return []
