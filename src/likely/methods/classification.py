"""Classify: a network that tells the classes of events apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
from jaxtyping import Float, Int

from ..core import AbstractMinimiser, LikelyError, Result
from ..data import Dataset, Inputs, Labels, Samples
from ..fit.losses import AbstractLearningLoss, Categorical
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


@final
@dataclass(frozen=True)
class Scores:
    """What a classifier says of events whose class is known.

    Args:
        probabilities: Of each class.
        labels: The class of each event, as its place among the classes.
        weights: Weight of each event, or None.
    """

    probabilities: Float[np.ndarray, "events classes"]
    labels: Int[np.ndarray, " events"]
    weights: Float[np.ndarray, " events"] | None


@final
@dataclass(frozen=True, eq=False)
class Classification:
    """A trained classifier, and the events that it was trained and tested with.

    Args:
        result: Of the fit: status, course of the training, provenance.
        predictor: From columns to probabilities.
        parts: The events, by the name of their part.
        fold: Of a rotation of folds, in which each event is; its score as "test" is
            that of the member that has not seen it, as "train" that of the others.
    """

    result: Result
    predictor: Predictor
    parts: Mapping[str, Dataset]
    fold: Int[np.ndarray, " events"] | None = None

    @property
    def labels(self) -> Labels:
        """Return the classes."""
        target = self.predictor.target
        assert isinstance(target, Labels)
        return target

    @cached_property
    def _scores(self) -> dict[str, Scores]:
        return {}

    def scores(self, part: str = "test") -> Scores:
        """Return probabilities, classes and weights of the events of a part.

        Raises:
            LikelyError: If there is no such part.
        """
        if part not in self._scores:
            data = part_of(self.parts, part)
            codes = self.labels.codes(data)
            self._scores[part] = Scores(predicted(self, part), codes, data.weights)
        return self._scores[part]

    def __str__(self) -> str:
        """Return what became of the training."""
        return str(self.result)


def classify(
    parts: Mapping[str, Dataset],
    features: Inputs,
    labels: Labels,
    *,
    net: Any = None,
    loss: AbstractLearningLoss | None = None,
    minimiser: AbstractMinimiser | None = None,
    balanced: bool = False,
) -> Classification:
    """Train a network to tell classes of events apart.

    Args:
        parts: The events: "train", if there are some "validation", and others, such as
            "test", which are not touched here. `lk.split` makes them.
        features: What the network is given, fitted to the training events.
        labels: The classes.
        net: A network, or an ensemble of them, with an input for each feature and an
            output for each class; three hidden layers of 100 by default, for images
            two convolutions. Or `Boosting(...)`, for boosted trees.
        loss: The likelihood; `Categorical` by default.
        minimiser: `Descent` with early stopping by default.
        balanced: Whether weights are scaled so that all classes weigh the same.

    Raises:
        LikelyError: If a column is wrong, or a class has no events to be learnt from.
    """
    trees, count = isinstance(net, Boosting), len(labels.classes)
    loss = boosted_loss(loss, count) if trees else loss or Categorical()
    features = features_of_trees(features) if trees else features

    def samples_of(data: Dataset) -> Samples:
        kind: Any = {"balanced": balanced, "missing": trees}
        return class_samples(data, features, labels, **kind)

    samples = samples_of_parts(parts, samples_of)
    check_classes(samples["train"], labels)
    net = default_net(features, count) if net is None else net
    usual = default_minimiser(watched="validation" in parts)
    outputs = count if count > 2 else 1
    result = boost_or_fit(net, samples, loss, outputs, (minimiser, usual))
    predictor = Predictor(features, result.model, loss, labels)
    return Classification(result, predictor, parts)


def cross_classify(
    data: Dataset,
    features: Inputs,
    labels: Labels,
    folds: int = 5,
    *,
    net: Any = None,
    minimiser: AbstractMinimiser | None = None,
    options: CrossOptions = DEFAULT,
) -> Classification:
    """Train as many networks as there are folds, each on all events but one fold.

    Each event is judged by the network that has not seen it, so that all events test
    as well as train. New events get the mean of all networks.

    Args:
        data: All events.
        features: What a network is given.
        labels: The classes.
        folds: Number of folds; each class is spread evenly over them.
        net: An `Ensemble` of as many networks; of three hidden layers of 100 by
            default. Or `Boosting(...)`, for boosted trees.
        minimiser: `Descent` with early stopping by default.
        options: The loss, and how events are dealt out.

    Raises:
        LikelyError: If a column is wrong, or a class has no events to be learnt from.
    """
    trees, count = isinstance(net, Boosting), len(labels.classes)
    loss = boosted_loss(options.loss, count) if trees else options.loss or Categorical()
    features = features_of_trees(features) if trees else features
    kind: Any = {"balanced": options.balanced, "missing": trees}
    samples = class_samples(data, features, labels, **kind)
    check_classes(samples, labels)
    fold, rotation = rotation_of(samples, folds, options, strata=samples.targets)
    for m, rows in enumerate(rotation.train):
        check_classes(samples.take(rows), labels, f" without fold {m}")
    if net is None:
        net = default_ensemble(features, count, folds, options.seed)
    usual = default_minimiser(watched=options.validation > 0)
    outputs = count if count > 2 else 1
    result = boost_or_fit(net, rotation, loss, outputs, (minimiser, usual))
    predictor = Predictor(features, result.model, loss, labels)
    return Classification(result, predictor, {"train": data, "test": data}, fold)


def class_samples(
    data: Dataset,
    features: Inputs,
    labels: Labels,
    *,
    balanced: bool = False,
    missing: bool = False,
) -> Samples:
    """Return the events of a part as a model learns them.

    Args:
        data: The events.
        features: What the model is given.
        labels: The classes.
        balanced: Whether weights are scaled so that all classes weigh the same.
        missing: Whether the model knows what to do with a missing number.
    """
    codes = labels.codes(data)
    weights = balanced_weights(codes, data.weights) if balanced else data.weights
    inputs = features.matrix(data)
    return Samples.of(inputs, codes, weights=weights, missing=missing)


def balanced_weights(
    codes: Int[np.ndarray, " events"], weights: Float[np.ndarray, " events"] | None
) -> Float[np.ndarray, " events"]:
    """Return weights by which each class that there is has the same sum.

    Raises:
        LikelyError: If the weights of a class do not have a positive sum.
    """
    w = np.ones(len(codes)) if weights is None else weights
    sums = np.bincount(codes, w)
    present = np.bincount(codes) > 0
    if np.any(sums[present] <= 0):
        raise LikelyError(
            f"the weights of class {np.flatnonzero(present & (sums <= 0))[0]} have no "
            "positive sum, so that classes cannot be balanced."
        )
    share = w.sum() / present.sum()
    return w * (share / np.where(present, sums, 1.0))[codes]


def check_classes(samples: Samples, labels: Labels, where: str = "") -> None:
    """Check that there are events of each class to be learnt from.

    Raises:
        LikelyError: If a class has none.
    """
    codes: Any = samples.targets
    counts = np.bincount(codes, minlength=len(labels.classes))
    for name, count in zip(labels.classes, counts, strict=True):
        if not count:
            raise LikelyError(
                f"class `{name}` has no event among the {len(codes)} of the "
                f"training{where}; take more events, a larger part for the training, "
                "or leave the class out."
            )
