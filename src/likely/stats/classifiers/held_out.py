"""The classifier two-sample test: can a classifier tell the samples apart?"""

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import ndtr

from ...core.listener import progress
from ...fit.options import number
from ..fitted import whole_number
from .auc_replicas import blocks
from .influence import (
    area_and_influence,
    effective_number,
    influence_error,
    null_error,
)
from .inputs import LabelledScores, Names, labelled
from .ranking import Ranking
from .two_sample_outcome import TwoSampleTest


@final
@dataclass(frozen=True)
class ClassifierTwoSampleTest:
    """Two tests of the scores of a classifier of two samples.

    Args:
        auc: That the area under the curve is above one half.
        auc_error: Error of the area by DeLong, as it is, not if the samples agree.
        accuracy: That the balanced accuracy, the mean of the shares of each sample that
            are recognised, is above one half.
    """

    auc: TwoSampleTest
    auc_error: float
    accuracy: TwoSampleTest

    @property
    def message(self) -> str:
        """Return both outcomes, a line each."""
        return f"{self.auc.message}\n{self.accuracy.message}"

    def to_dict(self) -> dict[str, Any]:
        """Return the layout of `result.json`."""
        error = self.auc_error if math.isfinite(self.auc_error) else None
        return {
            "auc": self.auc.to_dict() | {"error": error},
            "accuracy": self.accuracy.to_dict(),
        }

    def __str__(self) -> str:
        """Return both outcomes."""
        return self.message


def classifier_two_sample_test(
    scores: Any,
    labels: Any,
    weights: Any = None,
    *,
    threshold: float = 0.5,
    permutations: int = 0,
    seed: int = 0,
) -> ClassifierTwoSampleTest:
    r"""Test two samples by a classifier of them, on events it was not trained with.

    If both follow one distribution no classifier is better than chance: the area is one
    half with the error of Mann and Whitney, and the balanced accuracy

    $$\bar a = \tfrac12 (1 + \varepsilon_1 - \varepsilon_0), \qquad \sigma^2 = \tfrac14
    \sum_{c} \sum_{i \in c} \frac{w_i^2 ([s_i \ge t] - \bar\varepsilon)^2}
    {(\sum_{j \in c} w_j)^2}$$

    with $\varepsilon_c$ the share of sample $c$ that passes the threshold $t$ and
    $\bar\varepsilon$ the mean of both. For samples of one size and half of the events
    above the threshold that is $1/(4 n)$ for $n$ events in all, as in the paper. Either
    p-value is one-sided. Permutations give the scores to other events, which keep
    label and weight.

    Args:
        scores: Of held-out events, larger for label 1.
        labels: True or 1 for the one sample, False or 0 for the other.
        weights: One number an event, of any sign; ones by default.
        threshold: Least score that is taken for label 1; 0 for logits.
        permutations: How many; none by default.
        seed: Of the random numbers.

    Raises:
        LikelyError: If a length or a value is wrong, a sample is empty, or its weights
            do not sum to a positive number.

    References:
        D. Lopez-Paz, M. Oquab, ICLR (2017), arXiv:1610.06545; I. Kim, A. Ramdas, A.
        Singh, L. Wasserman, Ann. Statist. 49 (2021) 411, for other sizes.
    """
    verb = "classifier_two_sample_test"
    n = whole_number(verb, "permutations", permutations, least=0)
    seed = whole_number(verb, "seed", seed, least=0)
    place = f"{verb}(threshold=...)"
    t = number(place, "a finite score", math.isfinite)(threshold)
    names = Names("scores", "labels", ("label-1", "label-0"))
    data = labelled(verb, scores, labels, weights, names=names)
    ranking = Ranking.of(data.scores)
    area, influence = area_and_influence(data, ranking)
    passes = data.scores >= t
    accuracy, spread = _balanced_accuracy(data, passes)
    areas, accuracies = _permuted(data, ranking, int(passes.sum()), (n, seed))
    effective = (
        effective_number(data.weights[data.signal]),
        effective_number(data.weights[~data.signal]),
    )
    return ClassifierTwoSampleTest(
        TwoSampleTest(
            "area under the curve of a classifier",
            area,
            _above_half(area, null_error(data, ranking)),
            effective,
            areas,
        ),
        influence_error(influence, data),
        TwoSampleTest(
            "balanced accuracy of a classifier",
            accuracy,
            _above_half(accuracy, spread),
            effective,
            accuracies,
        ),
    )


def _balanced_accuracy(
    data: LabelledScores, passes: Bool[np.ndarray, " events"]
) -> tuple[float, float]:
    w, v = data.of_signal, data.of_background
    one, other = (float(x @ passes / x.sum()) for x in (w, v))
    mean = 0.5 * (one + other)
    shares = w / w.sum() + v / v.sum()
    return (
        0.5 * (1 + one - other),
        0.5 * math.sqrt(float(np.sum((shares * (passes - mean)) ** 2))),
    )


def _above_half(value: float, error: float) -> float:
    """Return the one-sided p-value; one where nothing can fluctuate."""
    return float(ndtr((0.5 - value) / error)) if error > 0 else 1.0


def _permuted(
    data: LabelledScores, ranking: Ranking, passing: int, how: tuple[int, int]
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    n, seed = how
    w, v = data.of_signal, data.of_background
    w, v = w / w.sum(), v / v.sum()
    rng = np.random.default_rng(seed)
    areas, accuracies = [np.zeros(0)], [np.zeros(0)]
    sizes = list(blocks(n, len(w)))
    with progress("permutations", len(sizes)) as tell:
        for rows in sizes:
            # Events in random order take the scores from the highest to the lowest.
            events = rng.permuted(np.tile(np.arange(len(w)), (rows, 1)), axis=1)
            one, other = w[events], v[events]
            areas.append(ranking.areas(one, other))
            share = (one - other)[:, :passing].sum(axis=1)
            accuracies.append(0.5 * (1 + share))
            tell()
    return np.concatenate(areas), np.concatenate(accuracies)
