"""How much each event moves the area under a curve."""

import math

import numpy as np
from jaxtyping import Float

from .inputs import LabelledScores
from .ranking import Ranking


def area_and_influence(
    data: LabelledScores, ranking: Ranking
) -> tuple[float, Float[np.ndarray, " events"]]:
    r"""Return the area under the curve and the influence of each event on it.

    The placement $V_i$ of a signal event is the share of the background below it, that
    of a background event the share of the signal above it, equal scores counting half:
    mid-ranks, in one sort. Then

    $$A = \frac{\sum_{i \in S} w_i V_i}{\sum_{i \in S} w_i}, \qquad
    u_i = \frac{w_i (V_i - A)}{\sum_{j \in class(i)} w_j}.$$

    Args:
        data: Scores, labels and weights.
        ranking: Of the scores.

    References:
        E. DeLong, D. DeLong, D. Clarke-Pearson, Biometrics 44 (1988) 837; X. Sun,
        W. Xu, IEEE Signal Process. Lett. 21 (2014) 1389.
    """
    w, v = data.of_signal, data.of_background
    W, V = w.sum(), v.sum()
    placement = np.where(
        data.signal, 1 - ranking.middles(v) / V, ranking.middles(w) / W
    )
    area = float(w @ placement / W)
    share = data.weights / np.where(data.signal, W, V)
    return area, share * (placement - area)


def influence_error(
    influence: Float[np.ndarray, " events"], data: LabelledScores
) -> float:
    r"""Return the error of what the events influence.

    $$\sigma^2 = \sum_{c \in \{S, B\}} \frac{n_c}{n_c - 1} \sum_{i \in c} u_i^2,
    \qquad n_c = \frac{(\sum_{i \in c} w_i)^2}{\sum_{i \in c} w_i^2}$$

    which is the variance of DeLong for weights of one. NaN where a class has no more
    than one effective event, as its spread is then unknown.

    Args:
        influence: $u$ of each event.
        data: Labels and weights.
    """
    total = 0.0
    for part in (data.signal, ~data.signal):
        n = effective_number(data.weights[part])
        # Of a single event the ratio may round to a little more than one.
        if n < 1 + 1e-9:
            return math.nan
        total += n / (n - 1) * float(np.sum(influence[part] ** 2))
    return math.sqrt(total)


def effective_number(weights: Float[np.ndarray, " events"]) -> float:
    r"""Return $(\sum w)^2 / \sum w^2$."""
    return float(weights.sum() ** 2 / (weights @ weights))


def null_error(data: LabelledScores, ranking: Ranking) -> float:
    r"""Return the error of the area where both classes follow one distribution.

    Without weights it is exact (Mann and Whitney, ties included),

    $$\sigma^2 = \Bigl(\frac1m + \frac1n\Bigr) \frac{1}{N^2} \frac{\sum_i (r_i -
    \bar r)^2}{N - 1}$$

    with $r$ the mid-ranks. With weights it is $\sum_i u_i^2$, $u_i = w_i (H(s_i) -
    \frac12) / \sum w$ over the class of the event, and $H$ the mean of the two weighted
    distribution functions, a jump counting half: right also where weights go with
    scores.

    Args:
        data: Scores, labels and weights.
        ranking: Of the scores.

    References:
        H. Mann, D. Whitney, Ann. Math. Statist. 18 (1947) 50.
    """
    if data.unweighted:
        m, n = data.counts
        r = ranking.middles(np.ones(m + n)) / (m + n)
        return math.sqrt((1 / m + 1 / n) * float(r.var(ddof=1)))
    w, v = data.of_signal, data.of_background
    shares = w / w.sum(), v / v.sum()
    H = 0.5 * (ranking.middles(shares[0]) + ranking.middles(shares[1]))
    return math.sqrt(float(np.sum(((shares[0] + shares[1]) * (H - 0.5)) ** 2)))
