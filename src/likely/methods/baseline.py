"""A classifier against a plain one: how much more it tells, on the same events."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from ..core import LikelyError
from ..fit import Ensemble
from ..nets import BoostedTrees
from ..stats.classifiers import AucComparison, compare_auc
from .classification import Classification
from .mean_log_likelihood import mean_log_likelihood


@final
@dataclass(frozen=True)
class Baseline:
    """What another classifier makes of the same events.

    Args:
        what: Kind of the other classifier.
        areas: Of each class against all others: the area under the ROC curve of the
            classifier (a) and of the other (b), and the error of their difference,
            which takes into account that the events are the same.
        log_likelihood: Mean of the log of the probability of the true class, of the
            other classifier.
    """

    what: str
    areas: Mapping[str, AucComparison]
    log_likelihood: float

    def to_dict(self) -> dict[str, Any]:
        """Return the layout of `result.json`."""
        return {
            "what": self.what,
            "log_likelihood": self.log_likelihood,
            "classes": {name: area.to_dict() for name, area in self.areas.items()},
        }

    def __str__(self) -> str:
        """Return the differences of the areas."""
        each = (
            f"{name} {area.difference:+.4f} ± {area.error:.4f}"
            for name, area in self.areas.items()
        )
        return f"AUC less that of {self.what}: {', '.join(each)}"


def compared(found: Classification, other: Any, part: str) -> Baseline:
    """Compare two classifiers on a part of their events.

    Args:
        found: The classifier.
        other: The one that it is compared with, as `classify` returned it.
        part: Of the events of both.

    Raises:
        LikelyError: If the other is no classifier, or has other classes, or other
            events in the part.
    """
    if not isinstance(other, Classification):
        raise LikelyError(
            "`baseline` is another classifier, such as `classify(parts, features, "
            f"labels, net=Boosting())` returns; got {type(other).__name__}."
        )
    classes = found.labels.classes
    ours, theirs = found.scores(part), other.scores(part)
    if other.labels.classes != classes or not np.array_equal(
        ours.labels, theirs.labels
    ):
        raise LikelyError(
            f"`baseline` has other classes, or other events in the part `{part}`; "
            "train both with the same `parts` and `labels`."
        )
    p, q, w = ours.probabilities, theirs.probabilities, ours.weights
    areas = {
        name: compare_auc(p[:, i], q[:, i], ours.labels == i, w)
        for i, name in enumerate(classes)
    }
    likelihood = mean_log_likelihood(q, theirs.labels, w)
    return Baseline(_what(other.predictor.model), areas, likelihood)


def _what(model: Any) -> str:
    one = model.members if isinstance(model, Ensemble) else model
    return "boosted trees" if isinstance(one, BoostedTrees) else type(one).__name__
