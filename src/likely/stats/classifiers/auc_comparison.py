"""Two classifiers of the same events: is one better?"""

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from scipy.special import erfc

from .influence import area_and_influence, influence_error
from .inputs import labelled, numbers, same_length
from .measured import Measured, plain
from .ranking import Ranking


@final
@dataclass(frozen=True)
class AucComparison:
    r"""The areas of two classifiers of the same events.

    Args:
        auc_a: Area of the first.
        auc_b: Area of the second.
        error_a: Error of the first area.
        error_b: Error of the second.
        error: Error of their difference, correlation included.
        p_value: Probability of a difference as large, of either sign, if the areas are
            equal; NaN where the error is unknown, or zero although they differ.
    """

    auc_a: float
    auc_b: float
    error_a: float
    error_b: float
    error: float
    p_value: float

    @property
    def difference(self) -> float:
        """Return the first area less the second."""
        return self.auc_a - self.auc_b

    @property
    def correlation(self) -> float:
        """Return the correlation of the two areas; NaN where an error is zero."""
        a, b = self.error_a, self.error_b
        if not a * b > 0:
            return math.nan
        return (a * a + b * b - self.error**2) / (2 * a * b)

    @property
    def message(self) -> str:
        """Return the comparison in a sentence."""
        by = Measured(self.difference, self.error, math.nan, math.nan)
        return (
            f"AUC {self.auc_a:.5g} and {self.auc_b:.5g}: difference {by}, p-value "
            f"{self.p_value:.3g}."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the layout of `result.json`."""
        return {
            "auc_a": self.auc_a,
            "auc_b": self.auc_b,
            "error_a": plain(self.error_a),
            "error_b": plain(self.error_b),
            "difference": self.difference,
            "error": plain(self.error),
            "correlation": plain(self.correlation),
            "p_value": plain(self.p_value),
            "message": self.message,
        }

    def __str__(self) -> str:
        """Return the sentence."""
        return self.message


def compare_auc(
    scores_a: Any, scores_b: Any, signal: Any, weights: Any = None
) -> AucComparison:
    r"""Compare the areas of two classifiers of the same events.

    $$z = \frac{A_a - A_b}{\sigma}, \qquad \sigma^2 = \sum_{c \in \{S, B\}}
    \frac{n_c}{n_c - 1} \sum_{i \in c} (u_{ai} - u_{bi})^2, \qquad
    p = \operatorname{erfc}\frac{|z|}{\sqrt2}$$

    with $u$ the influence of each event on each area. As both see the same events, the
    error of the difference is mostly much smaller than that of either area.

    Args:
        scores_a: One number an event, of the first classifier.
        scores_b: Of the second.
        signal: True or 1 for signal, False or 0 for background.
        weights: One number an event; ones by default.

    Raises:
        LikelyError: If a length or a value is wrong, a class is missing, or its weights
            do not sum to a positive number.

    References:
        E. DeLong, D. DeLong, D. Clarke-Pearson, Biometrics 44 (1988) 837.
    """
    verb = "compare_auc"
    first = numbers(verb, "scores_a", scores_a)
    second = numbers(verb, "scores_b", scores_b)
    same_length(verb, "scores_b", second, len(first))
    a, b = (labelled(verb, s, signal, weights) for s in (first, second))
    area_a, u_a = area_and_influence(a, Ranking.of(a.scores))
    area_b, u_b = area_and_influence(b, Ranking.of(b.scores))
    error = influence_error(u_a - u_b, a)
    return AucComparison(
        area_a,
        area_b,
        influence_error(u_a, a),
        influence_error(u_b, b),
        error,
        _p_value(area_a - area_b, error),
    )


def _p_value(difference: float, error: float) -> float:
    if difference == 0:
        return 1.0
    if not error > 0:
        return math.nan
    return float(erfc(np.abs(difference) / (math.sqrt(2) * error)))
