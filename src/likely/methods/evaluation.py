"""How good a classifier is on events that it has not seen: what a report shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from ..core import LikelyError
from ..data import Images
from ..stats.classifiers import (
    ConfusionMatrix,
    Reliability,
    RocCurve,
    TwoSampleTest,
    WorkingPoints,
    confusion_matrix,
    kolmogorov_smirnov_two_samples,
    one_against_rest,
    reliability,
)
from .baseline import Baseline, compared
from .classification import Classification, Scores
from .explain import PermutationImportance, permutation_importance
from .image_views import ImageViews, view_images
from .mean_log_likelihood import mean_log_likelihood
from .predictions import predictions_of
from .predictor import both_classes

# Enough events for an importance that is good to a few per cent.
MOST_SHUFFLED = 20_000


@final
@dataclass(frozen=True)
class Evaluation:
    """Measures of a classifier.

    Args:
        classes: Names of the classes.
        part: The events that everything is measured on.
        scores: Probabilities, classes and weights of this part and of the training.
        curves: The ROC curve of each class against all others.
        working_points: Of each class, cuts on its probability.
        confusion: Which class is taken for which, by the largest probability.
        calibration: Of the probability of each class.
        overtraining: For each class, whether its probability has the same distribution
            in the training events of this class and in those of the part.
        importance: Of each column: what the mean log-likelihood loses when the column
            is shuffled; None if it was not asked for, or of images.
        log_likelihood: Mean of the log of the probability of the true class.
        images: What moves the outputs of a classifier of images; None of columns.
        baseline: The same events by another classifier; None if there is none.
    """

    classes: tuple[str, ...]
    part: str
    scores: Mapping[str, Scores]
    curves: Mapping[str, RocCurve]
    working_points: Mapping[str, WorkingPoints]
    confusion: ConfusionMatrix
    calibration: Mapping[str, Reliability]
    overtraining: Mapping[str, TwoSampleTest]
    importance: PermutationImportance | None
    log_likelihood: float
    images: ImageViews | None = None
    baseline: Baseline | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the scores of events, for JSON."""
        return {
            "part": self.part,
            "events": len(self.scores[self.part].labels),
            "log_likelihood": self.log_likelihood,
            "accuracy": self.confusion.accuracy.to_dict(),
            "classes": {
                name: {
                    "roc": self.curves[name].to_dict(),
                    "working_points": self.working_points[name].to_dict(),
                    "calibration": self.calibration[name].to_dict(),
                    "overtraining": (
                        self.overtraining[name].to_dict()
                        if name in self.overtraining
                        else None
                    ),
                }
                for name in self.classes
            },
            "confusion": self.confusion.to_dict(),
            "importance": self.importance and self.importance.to_dict(),
            "baseline": self.baseline and self.baseline.to_dict(),
        }

    def __str__(self) -> str:
        """Return the areas under the curves, and the accuracy."""
        lines = [f"{name}: {curve}" for name, curve in self.curves.items()]
        lines.append(f"accuracy {self.confusion.accuracy}")
        lines += [str(self.baseline)] if self.baseline else []
        return "\n".join(lines)


def evaluate(
    found: Classification,
    *,
    part: str = "test",
    working_points: Sequence[float] = (0.3, 0.5, 0.9),
    importance: bool = True,
    seed: int = 0,
    baseline: Classification | None = None,
) -> Evaluation:
    """Return measures of a classifier on a part of the events.

    Args:
        found: What `classify` returned.
        part: Its name; not "train", whose events the classifier knows.
        working_points: Signal efficiencies at which cuts are given.
        importance: Whether columns are shuffled to see what they are worth; of images,
            which have none, whether they are looked at by `view_images`.
        seed: Of the shuffles.
        baseline: Another classifier of the same parts to compare with, such as
            `classify(parts, features, labels, net=Boosting())`.

    Raises:
        LikelyError: If there is no such part, a class has no events in it, or the
            baseline has others.
    """
    if part == "train":
        raise LikelyError('`part` must be of events not trained with, such as "test".')
    classes = found.labels.classes
    scores = {
        name: found.scores(name) for name in ("train", part) if name in found.parts
    }
    if part not in scores:
        found.scores(part)  # says which parts there are
    told = scores[part]
    p, labels, w = told.probabilities, told.labels, told.weights
    curves = one_against_rest(p, labels, w, classes=classes)
    predicted = p.argmax(axis=1)
    of_images = isinstance(found.predictor.features, Images)
    return Evaluation(
        classes=classes,
        part=part,
        scores=scores,
        curves=curves,
        working_points={n: c.working_points(working_points) for n, c in curves.items()},
        confusion=confusion_matrix(labels, predicted, weights=w, classes=classes),
        calibration={
            n: reliability(np.clip(p[:, i], 0, 1), labels == i, w)
            for i, n in enumerate(classes)
        },
        overtraining=_overtraining(scores, part, classes),
        importance=(
            _importance(found, part, seed) if importance and not of_images else None
        ),
        log_likelihood=mean_log_likelihood(p, labels, w),
        images=(
            view_images(found, part=part, seed=seed)
            if importance and of_images and found.result.ok
            else None
        ),
        baseline=None if baseline is None else compared(found, baseline, part),
    )


def _overtraining(
    scores: Mapping[str, Scores], part: str, classes: Sequence[str]
) -> dict[str, TwoSampleTest]:
    """Return the test of each class that has events with weight in both parts."""
    found = {}
    for i, name in enumerate(classes):
        samples = []
        for each in (scores["train"], scores[part]):
            here = each.labels == i
            w = None if each.weights is None else each.weights[here]
            samples.append((each.probabilities[here, i], w))
        (a, wa), (b, wb) = samples
        if all(len(x) > 1 and (w is None or w.sum() > 0) for x, w in samples):
            found[name] = kolmogorov_smirnov_two_samples(a, b, wa, wb)
    return found


def _importance(found: Classification, part: str, seed: int) -> PermutationImportance:
    data, features = found.parts[part], found.predictor.features
    assert not isinstance(features, Images)
    told = found.scores(part)
    rows = np.arange(len(data))
    if len(rows) > MOST_SHUFFLED:
        rows = np.random.default_rng(seed).choice(rows, MOST_SHUFFLED, replace=False)
    labels = told.labels[rows]

    def predict(matrix: Any) -> Any:
        each = predictions_of(found.predictor.model, found.predictor.loss, matrix)
        return both_classes(each, found.labels).mean(axis=0)

    def metric(outputs: Any, weights: Any) -> float:
        return mean_log_likelihood(outputs, labels, weights)

    return permutation_importance(
        predict,
        features.matrix(data)[rows],
        metric,
        repeats=5,
        seed=seed,
        names=features.groups,
        weights=None if told.weights is None else told.weights[rows],
    )
