"""Regress: a network that predicts a number of each event, with its resolution."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float, Int

from ..core import AbstractMinimiser, Result
from ..data import Dataset, Inputs, Samples
from ..fit.losses import AbstractLearningLoss, Gaussian, Quantile
from .boosting import (
    Boosting,
    boost_or_fit,
    boosted_loss,
    features_of_trees,
)
from .defaults import default_ensemble, default_minimiser, default_net
from .parts import (
    DEFAULT,
    CrossOptions,
    part_of,
    predicted,
    rotation_of,
    samples_of_parts,
)
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
        fold: Of a rotation of folds, in which each event is; its prediction as "test"
            is that of the member that has not seen it, as "train" that of the others.
    """

    result: Result
    predictor: Predictor
    parts: Mapping[str, Dataset]
    fold: Int[np.ndarray, " events"] | None = None

    def predictions(self, part: str = "test") -> Float[np.ndarray, " events *shape"]:
        """Return the predictions for a part, as `Predictor` gives them.

        Raises:
            LikelyError: If there is no such part.
        """
        return predicted(self, part)

    def __str__(self) -> str:
        """Return what became of the training."""
        return str(self.result)


def regress(
    parts: Mapping[str, Dataset],
    features: Inputs,
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
            hidden layers of 100 by default. Or `Boosting(...)`, for boosted trees.
        loss: The likelihood, in the unit of the column; by default a Gaussian whose
            width is learnt too, for trees the squared error.
        minimiser: `Descent` with early stopping by default.

    Raises:
        LikelyError: If a column is wrong, constant or not finite.
    """
    trees = isinstance(net, Boosting)
    loss = boosted_loss(loss, None) if trees else loss or Gaussian()
    features = features_of_trees(features) if trees else features
    target = Target.of(part_of(parts, "train"), column, loss)
    learnt = target.scaled(loss)

    def samples_of(data: Dataset) -> Samples:
        return number_samples(data, features, target, missing=trees)

    samples = samples_of_parts(parts, samples_of)
    net = default_net(features, outputs_of(loss)) if net is None else net
    usual = default_minimiser(watched="validation" in parts, clip=True)
    result = boost_or_fit(net, samples, learnt, 1, (minimiser, usual))
    predictor = Predictor(features, result.model, learnt, target)
    return Regression(result, predictor, parts)


def cross_regress(
    data: Dataset,
    features: Inputs,
    column: str,
    folds: int = 5,
    *,
    net: Any = None,
    minimiser: AbstractMinimiser | None = None,
    options: CrossOptions = DEFAULT,
) -> Regression:
    """Train as many networks as there are folds, each on all events but one fold.

    Each event is judged by the network that has not seen it, so that all events test
    as well as train. New events get the mean of all networks.

    Args:
        data: All events.
        features: What a network is given.
        column: What it is to predict.
        folds: Number of folds.
        net: An `Ensemble` of as many networks; of three hidden layers of 100 by
            default. Or `Boosting(...)`, for boosted trees.
        minimiser: `Descent` with early stopping by default.
        options: The loss, and how events are dealt out.

    Raises:
        LikelyError: If a column is wrong, constant or not finite.
    """
    trees = isinstance(net, Boosting)
    loss = boosted_loss(options.loss, None) if trees else options.loss or Gaussian()
    features = features_of_trees(features) if trees else features
    target = Target.of(data, column, loss)
    learnt = target.scaled(loss)
    samples = number_samples(data, features, target, missing=trees)
    fold, rotation = rotation_of(samples, folds, options)
    if net is None:
        net = default_ensemble(features, outputs_of(loss), folds, options.seed)
    usual = default_minimiser(watched=options.validation > 0, clip=True)
    result = boost_or_fit(net, rotation, learnt, 1, (minimiser, usual))
    predictor = Predictor(features, result.model, learnt, target)
    return Regression(result, predictor, {"train": data, "test": data}, fold)


def number_samples(
    data: Dataset, features: Inputs, target: Target, *, missing: bool = False
) -> Samples:
    """Return the events of a part as a model learns them.

    Args:
        data: The events.
        features: What the model is given.
        target: What it is to predict.
        missing: Whether it knows what to do with a missing number.
    """
    inputs, values = features.matrix(data), target.values(data)
    return Samples.of(inputs, values, weights=data.weights, missing=missing)


def outputs_of(loss: AbstractLearningLoss) -> int:
    """Return the number of outputs that describe one number."""
    if isinstance(loss, Quantile):
        return len(loss.levels)
    return 2 if isinstance(loss, Gaussian) and loss.sigma is None else 1
