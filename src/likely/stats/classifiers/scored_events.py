"""The ROC curve of scores."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from .influence import area_and_influence, effective_number, influence_error
from .inputs import LabelledScores, labelled
from .ranking import Ranking
from .roc_curve import RocCurve


def roc(scores: Any, signal: Any, weights: Any = None) -> RocCurve:
    r"""Return the ROC curve of scores, with its area and error.

    $$\varepsilon_s(t) = \frac{\sum_{i \in S} w_i [s_i \ge t]}{\sum_{i \in S} w_i},
    \qquad A = \frac{\sum_{i \in S, j \in B} w_i w_j \bigl([s_i > s_j] + \tfrac12
    [s_i = s_j]\bigr)}{\sum_{i \in S} w_i \sum_{j \in B} w_j}$$

    Equal scores pass together: the curve is a straight line across them, under which
    they count half. With negative weights the efficiencies may fall as the cut loosens,
    and may leave [0, 1]; the area is the same formula.

    Args:
        scores: One number an event, larger for signal.
        signal: True or 1 for signal, False or 0 for background.
        weights: One number an event, of any sign; ones by default. An event of weight
            zero is as none.

    Raises:
        LikelyError: If a length or a value is wrong, a class is missing, or its weights
            do not sum to a positive number.

    References:
        E. DeLong, D. DeLong, D. Clarke-Pearson, Biometrics 44 (1988) 837, for the
        error; X. Sun, W. Xu, IEEE Signal Process. Lett. 21 (2014) 1389, for its speed.
    """
    data = labelled("roc", scores, signal, weights)
    ranking = Ranking.of(data.scores)
    area, influence = area_and_influence(data, ranking)
    error = influence_error(influence, data)
    curves, squares = [], []
    for w in (data.of_signal, data.of_background):
        passing, passing_squares = ranking.passing(w), ranking.passing(w * w)
        curves.append(np.append(0.0, passing / passing[-1]))
        squares.append(np.append(0.0, passing_squares / passing[-1] ** 2))
    return RocCurve(
        np.append(np.inf, ranking.levels),
        *curves,
        *squares,
        auc=area,
        auc_error=error,
        notes=tuple(_notes(error, data)),
    )


def _notes(error: float, data: LabelledScores) -> Iterator[str]:
    if math.isnan(error):
        yield "a class has a single effective event: the error of the AUC is unknown."
    elif error == 0:
        yield (
            "no signal event is below a background event, or none above: the error by "
            "DeLong is zero, and says nothing of how near to perfect the classifier is."
        )
    if np.any(data.weights < 0):
        part = effective_number(data.weights) / len(data.weights)
        yield (
            f"{np.sum(data.weights < 0)} events have negative weights; all count as "
            f"{100 * part:.3g} % of their number."
        )
