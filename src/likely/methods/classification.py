"""Classify: a network that tells the classes of events apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import jax
import numpy as np
from jaxtyping import Float, Int

from ..core import AbstractMinimiser, LikelyError, Result
from ..data import Dataset, Features, Labels, Samples
from ..fit import Descent, EarlyStopping
from ..fit.fit import fit
from ..fit.losses import AbstractLearningLoss, Categorical
from ..nets import MLP
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
    """

    result: Result
    predictor: Predictor
    parts: Mapping[str, Dataset]

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
        if part not in self.parts:
            raise LikelyError(
                f"there is no part `{part}`; there are {', '.join(self.parts)}."
            )
        if part not in self._scores:
            data = self.parts[part]
            codes = self.labels.codes(data)
            self._scores[part] = Scores(self.predictor(data), codes, data.weights)
        return self._scores[part]

    def __str__(self) -> str:
        """Return what became of the training."""
        return str(self.result)


def classify(
    parts: Mapping[str, Dataset],
    features: Features,
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
            output for each class; three hidden layers of 100 by default.
        loss: The likelihood; `Categorical` by default.
        minimiser: `Descent` with early stopping by default.
        balanced: Whether weights are scaled so that all classes weigh the same.

    Raises:
        LikelyError: If a column is wrong, or a class has no events to be learnt from.
    """
    loss = loss or Categorical()
    watched = "validation" in parts
    stopping = EarlyStopping(10) if watched else None
    minimiser = minimiser or Descent(stopping=stopping)
    if net is None:
        sizes = features.size, len(labels.classes)
        net = MLP(*sizes, key=jax.random.key(0))
    samples = {
        name: class_samples(parts[name], features, labels, balanced=balanced)
        for name in ("train", "validation")
        if name in parts
    }
    if "train" not in samples:
        raise LikelyError('`parts` must have the part "train".')
    _check_classes(parts["train"], samples["train"], labels)
    result = fit(net, samples, loss=loss, minimiser=minimiser)
    return Classification(
        result, Predictor(features, result.model, loss, labels), parts
    )


def class_samples(
    data: Dataset, features: Features, labels: Labels, *, balanced: bool = False
) -> Samples:
    """Return the events of a part as a network learns them."""
    codes = labels.codes(data)
    weights = balanced_weights(codes, data.weights) if balanced else data.weights
    return Samples.of(features.matrix(data), codes, weights=weights)


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


def _check_classes(data: Dataset, samples: Samples, labels: Labels) -> None:
    codes: Any = samples.targets
    counts = np.bincount(codes, minlength=len(labels.classes))
    for name, count in zip(labels.classes, counts, strict=True):
        if not count:
            raise LikelyError(
                f"class `{name}` has no event among the {len(data)} of the training; "
                "take more events, a larger part for the training, or leave the class "
                "out."
            )
