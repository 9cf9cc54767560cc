"""Bias and resolution of a regression in bins of the true number."""

import math
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from ..stats.classifiers.measured import plain
from .residual_statistics import half_width, mean, quantiles

# A bin of fewer events has no width worth showing.
FEWEST = 10


@final
@dataclass(frozen=True)
class TruthBins:
    """Bias and resolution in bins of the true number; NaN where nothing is known.

    Args:
        edges: Of the bins; the last belongs to the last bin.
        truth: Mean of the true number.
        sums: Sum of the weights.
        bias: Mean residual.
        bias_errors: Its standard error.
        resolution: Half of the width of the central 68.3 % of the residuals.
        resolution_errors: Its standard error.
    """

    edges: Float[np.ndarray, " edges"]
    truth: Float[np.ndarray, " bins"]
    sums: Float[np.ndarray, " bins"]
    bias: Float[np.ndarray, " bins"]
    bias_errors: Float[np.ndarray, " bins"]
    resolution: Float[np.ndarray, " bins"]
    resolution_errors: Float[np.ndarray, " bins"]

    def to_dict(self) -> dict[str, list[float | None]]:
        """Return the columns as lists; what is not a finite number is None."""
        return {k: [plain(x) for x in column] for k, column in vars(self).items()}

    @staticmethod
    def of(
        truth: Float[np.ndarray, " events"],
        residuals: Float[np.ndarray, " events"],
        weights: Float[np.ndarray, " events"],
        *,
        bins: int,
    ) -> "TruthBins":
        """Return bins of equal population.

        Args:
            truth: The true numbers.
            residuals: Predicted minus true numbers.
            weights: Of the events.
            bins: Their number; fewer where they would hold fewer than ten events, or
                where many events have one true number.
        """
        edges = _edges(truth, weights, max(min(bins, len(truth) // FEWEST), 1))
        place = np.searchsorted(edges, truth, side="right") - 1
        place = np.minimum(place, len(edges) - 2)
        rows = []
        for i in range(len(edges) - 1):
            here = place == i
            w = weights[here]
            if not w.sum() > 0:
                rows.append((math.nan, w.sum(), *[math.nan] * 4))
                continue
            b, s = mean(residuals[here], w), half_width(residuals[here], w)
            centre = w @ truth[here] / w.sum()
            rows.append((centre, w.sum(), b.value, b.error, s.value, s.error))
        return TruthBins(edges, *np.array(rows).T)


def _edges(
    truth: Float[np.ndarray, " events"],
    weights: Float[np.ndarray, " events"],
    bins: int,
) -> Float[np.ndarray, " edges"]:
    inner = quantiles(truth, np.abs(weights), np.linspace(0.0, 1.0, bins + 1)[1:-1])
    edges = np.unique([truth.min(), *inner, truth.max()])
    # One true number in all events: a bin without a width.
    return edges if len(edges) > 1 else edges[[0, 0]]
