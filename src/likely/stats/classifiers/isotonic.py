"""Isotonic calibration: any curve that rises with the score."""

from collections.abc import Mapping
from typing import Any, final

import numpy as np
from jaxtyping import Bool, Float
from scipy.optimize import isotonic_regression

from ...core.errors import LikelyError
from .calibrator import AbstractCalibrator, content_of
from .inputs import labelled, numbers
from .ranking import Ranking


@final
class Isotonic(AbstractCalibrator):
    """A probability that rises with the score, in steps joined by straight lines.

    It assumes no form, and needs more events than Platt's curve; at the ends it says 0
    and 1 as soon as there is one class only. Beyond the scores that it was fitted to it
    is constant.

    Args:
        scores: Where the steps begin and end, rising.
        probabilities: At these, not falling.
    """

    scores: Float[np.ndarray, " knots"]
    probabilities: Float[np.ndarray, " knots"]

    @classmethod
    def fitted(cls, scores: Any, signal: Any, weights: Any = None) -> "Isotonic":
        r"""Return the rising curve that is nearest to the labels.

        $$\min_{f\ rising} \sum_i w_i (y_i - f(s_i))^2$$

        by pooling adjacent violators; it is the curve of the largest Bernoulli
        likelihood, too. Equal scores are one step. Negative weights may leave no
        minimum, so scores are pooled with the next larger ones, first of all, until the
        running sum of weights only grows, and the curve is kept in [0, 1].

        Args:
            scores: One number an event, larger for signal.
            signal: True or 1 for signal, False or 0 for background.
            weights: One number an event; ones by default.

        Raises:
            LikelyError: If a length or a value is wrong, a class is missing, or its
                weights do not sum to a positive number.

        References:
            B. Zadrozny, C. Elkan, KDD (2002) 694; R. Barlow, D. Bartholomew, J.
            Bremner, H. Brunk, Statistical Inference under Order Restrictions (1972),
            for the bounds.
        """
        data = labelled("Isotonic.fitted", scores, signal, weights)
        ranking = Ranking.of(-data.scores)
        below = ranking.passing(data.weights)
        signal_below = ranking.passing(data.of_signal)
        ends = np.flatnonzero(_growing(below))
        sums = np.diff(below[ends], prepend=0.0)
        shares = np.diff(signal_below[ends], prepend=0.0) / sums
        fit = isotonic_regression(shares, weights=sums)
        last = ends[fit.blocks[1:] - 1]
        first = np.append(0, last[:-1] + 1)
        values = fit.x[fit.blocks[:-1]]
        # Where a step is one score, its beginning is its end.
        knots = -ranking.levels[np.stack([first, last], axis=1)].ravel()
        heights = np.clip(np.repeat(values, 2), 0.0, 1.0)
        kept = np.append(True, np.diff(knots) > 0)
        return cls(knots[kept], heights[kept])

    def __call__(self, scores: Any) -> Float[np.ndarray, " events"]:
        """Return the probability of each score.

        Raises:
            LikelyError: If they are no finite numbers.
        """
        s = numbers("Isotonic", "scores", scores)
        return np.interp(s, self.scores, self.probabilities)

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers and the `kind`, as JSON has them."""
        return {
            "kind": "isotonic",
            "scores": self.scores.tolist(),
            "probabilities": self.probabilities.tolist(),
        }

    @classmethod
    def of_dict(cls, content: Mapping[str, Any]) -> "Isotonic":
        """Return the curve of a dictionary that `to_dict` gave.

        Raises:
            LikelyError: If it is of another kind, or its numbers are no rising curve.
        """
        shapes = {"scores": None, "probabilities": None}
        s, p = content_of(content, "isotonic", shapes)
        good = s.shape == p.shape and len(s) > 0
        if not good or np.any(np.diff(s) <= 0) or np.any(np.diff(p) < 0):
            raise LikelyError(
                "a calibrator of the kind `isotonic` has rising `scores`, and as many "
                f"`probabilities` that do not fall; got {len(s)} and {len(p)} numbers "
                "that are no such curve."
            )
        return cls(s, p)


def _growing(below: Float[np.ndarray, " levels"]) -> Bool[np.ndarray, " levels"]:
    """Return where a running sum is positive and smaller than at all places behind."""
    least = np.minimum.accumulate(below[::-1])[::-1]
    return (below > 0) & (below < np.append(least[1:], np.inf))
