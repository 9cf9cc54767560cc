"""A predictor as two files: JSON of what it is, and safetensors of its weights."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as tensors_of_bytes, save as bytes_of_tensors

from ..core import LikelyError, write_whole
from ..data import Features, Images, Inputs
from ..fit import Ensemble
from ..fit.losses import (
    AbstractLearningLoss,
    Bernoulli,
    Categorical,
    Gaussian,
    Huber,
    Poisson,
    Quantile,
    SquaredError,
)
from ..nets import empty_net, specification, tensors, with_tensors
from .predictor import Predictor, target_of_dict

FORMAT = "likely-predictor-1"
LOSSES: dict[str, type[AbstractLearningLoss]] = {
    "bernoulli": Bernoulli,
    "categorical": Categorical,
    "gaussian": Gaussian,
    "squared_error": SquaredError,
    "huber": Huber,
    "quantile": Quantile,
    "poisson": Poisson,
}
# Terms of the training that a prediction does not need.
_OF_TRAINING = ("penalties", "of_outputs")


def save_predictor(
    predictor: Predictor, folder: str | Path, *, beside: Mapping[str, Any] | None = None
) -> None:
    """Write `model.json` and `model.safetensors` into a folder.

    Args:
        predictor: With one of the networks of `lk.nets`, or an ensemble of them.
        folder: Which exists.
        beside: What else the JSON is to hold, such as how the columns were made.

    Raises:
        LikelyError: If the network or the loss has no name, or a file cannot be
            written.
    """
    model = predictor.model
    members = model.size if isinstance(model, Ensemble) else None
    net = model.members if isinstance(model, Ensemble) else model
    content = {
        "format": FORMAT,
        **specification(net),
        "members": members,
        "loss": _loss_to_dict(predictor.loss),
        "features": predictor.features.to_dict(),
        "target": predictor.target.to_dict(),
        **(beside or {}),
    }
    weights = {name: np.asarray(array) for name, array in tensors(net).items()}
    folder = Path(folder)
    write_whole(folder / "model.safetensors", bytes_of_tensors(weights))
    text = json.dumps(content, indent=2, allow_nan=False)
    write_whole(folder / "model.json", text + "\n")


def load_predictor(folder: str | Path) -> Predictor:
    """Return the predictor that `save_predictor` wrote.

    Args:
        folder: With `model.json` and `model.safetensors`, such as that of a run.

    Raises:
        LikelyError: If a file is missing or damaged, or they do not belong together.
    """
    folder = Path(folder)
    content = read_model(folder)
    file = folder / "model.safetensors"
    try:
        weights = tensors_of_bytes(file.read_bytes())
        net = with_tensors(empty_net(content), weights, members=content["members"])
        size = content["members"]
        return Predictor(
            _features_of_dict(content["features"]),
            net if size is None else Ensemble(net, size),
            _loss_of_dict(content["loss"]),
            target_of_dict(content["target"]),
        )
    except (OSError, SafetensorError) as error:
        raise LikelyError(f"`{file}` cannot be read as weights: {error}.") from None
    except (KeyError, TypeError, ValueError) as error:
        raise LikelyError(f"the model in `{folder}` is damaged: {error}.") from None


def read_model(folder: str | Path) -> dict[str, Any]:
    """Return `model.json` of a predictor.

    Raises:
        LikelyError: If there is none, or it is of something else.
    """
    file = Path(folder) / "model.json"
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LikelyError(
            f"`{file}` cannot be read as a trained model: {error}; name the folder of "
            "a run of kind classify or regress."
        ) from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise LikelyError(
            f"`{file}` is not a trained model ({FORMAT}); name the folder of a run of "
            "kind classify or regress."
        )
    return content


def _features_of_dict(content: Mapping[str, Any]) -> Inputs:
    # Features are of many columns, images of one array.
    if "column" in content:
        return Images.of_dict(content)
    return Features.of_dict(content)


def _loss_to_dict(loss: AbstractLearningLoss) -> dict[str, Any]:
    for name, kind in LOSSES.items():
        if type(loss) is kind:
            fields = [f.name for f in dataclasses.fields(loss)]
            kept = [f for f in fields if f not in _OF_TRAINING]
            return {"loss": name, "options": {f: getattr(loss, f) for f in kept}}
    raise LikelyError(
        f"a predictor with the loss `{type(loss).__name__}` cannot be saved; those of "
        f"`lk.losses` can: {', '.join(LOSSES)}."
    )


def _loss_of_dict(content: Mapping[str, Any]) -> AbstractLearningLoss:
    options = {
        k: tuple(v) if isinstance(v, list) else v for k, v in content["options"].items()
    }
    kind: Any = LOSSES[content["loss"]]
    return kind(**options)
