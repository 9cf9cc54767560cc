"""Regress: a network that predicts a number of each event, with its resolution."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import jax
import numpy as np
from jaxtyping import Float

from ..core import AbstractMinimiser, LikelyError, Result
from ..data import Dataset, Features, Samples
from ..fit import Descent, EarlyStopping
from ..fit.fit import fit
from ..fit.losses import AbstractLearningLoss, Gaussian, Quantile
from ..nets import MLP
from .predictor import Predictor
from .target import Target


@final
@dataclass(frozen=True, eq=False)
class Regression:
    """A trained regression, and the events that it was trained and tested with.

    Args:
        result: Of the fit: status, course of the training, provenance.
        predictor: From columns to the number.
        parts: The events, by the name of their part.
    """

    result: Result
    predictor: Predictor
    parts: Mapping[str, Dataset]

    def predictions(self, part: str = "test") -> Float[np.ndarray, " events *shape"]:
        """Return the predictions for a part, as `Predictor` gives them.

        Raises:
            LikelyError: If there is no such part.
        """
        if part not in self.parts:
            raise LikelyError(
                f"there is no part `{part}`; there are {', '.join(self.parts)}."
            )
        return self.predictor(self.parts[part])

    def __str__(self) -> str:
        """Return what became of the training."""
        return str(self.result)


def regress(
    parts: Mapping[str, Dataset],
    features: Features,
    column: str,
    *,
    net: Any = None,
    loss: AbstractLearningLoss | None = None,
    minimiser: AbstractMinimiser | None = None,
) -> Regression:
    """Train a network to predict a column.

    Args:
        parts: The events: "train", if there are some "validation", and others, such as
            "test", which are not touched here. `lk.split` makes them.
        features: What the network is given, fitted to the training events.
        column: What it is to predict.
        net: A network, or an ensemble of them, with an input for each feature; three
            hidden layers of 100 by default.
        loss: The likelihood, in the unit of the column; by default a Gaussian whose
            width is learnt too.
        minimiser: `Descent` with early stopping by default.

    Raises:
        LikelyError: If a column is wrong, constant or not finite.
    """
    if "train" not in parts:
        raise LikelyError('`parts` must have the part "train".')
    loss = loss or Gaussian()
    target = Target.of(parts["train"], column, loss)
    learnt = target.scaled(loss)
    stopping = EarlyStopping(10) if "validation" in parts else None
    minimiser = minimiser or Descent(stopping=stopping)
    if net is None:
        net = MLP(features.size, outputs_of(loss), key=jax.random.key(0))
    samples = {
        name: Samples.of(
            features.matrix(parts[name]),
            target.values(parts[name]),
            weights=parts[name].weights,
        )
        for name in ("train", "validation")
        if name in parts
    }
    result = fit(net, samples, loss=learnt, minimiser=minimiser)
    predictor = Predictor(features, result.model, learnt, target)
    return Regression(result, predictor, parts)


def outputs_of(loss: AbstractLearningLoss) -> int:
    """Return the number of outputs that describe one number."""
    if isinstance(loss, Quantile):
        return len(loss.levels)
    return 2 if isinstance(loss, Gaussian) and loss.sigma is None else 1
