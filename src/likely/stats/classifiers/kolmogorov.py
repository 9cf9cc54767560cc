"""The test of Kolmogorov and Smirnov of two weighted samples."""

import math
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.special import kolmogorov

from ...core.listener import progress
from ..fitted import whole_number
from .auc_replicas import blocks
from .influence import effective_number
from .inputs import labelled, numbers, positive_sum, weights_of
from .ranking import Ranking
from .two_sample_outcome import TwoSampleTest


def kolmogorov_smirnov_two_samples(
    a: Any,
    b: Any,
    weights_a: Any = None,
    weights_b: Any = None,
    *,
    permutations: int = 0,
    seed: int = 0,
) -> TwoSampleTest:
    r"""Test whether two samples, as training and test events, follow one distribution.

    $$D = \max_t |F_a(t) - F_b(t)|, \qquad F(t) = \frac{\sum_i w_i [x_i \le t]}{\sum_i
    w_i}, \qquad n = \frac{(\sum w)^2}{\sum w^2}$$

    and $\sqrt{n_a n_b / (n_a + n_b)}\, D$ follows the distribution of Kolmogorov for
    many events, whose weights have nothing to do with their values; equal values make
    the p-value too large. Permutations give the values to other events, which keep
    sample and weight: without weights, or with such that have nothing to do with the
    values, their p-value is exact for any number of events and with equal values.

    Args:
        a: One number an event of the one sample.
        b: One number an event of the other.
        weights_a: Weights of the one, of any sign; ones by default.
        weights_b: Weights of the other.
        permutations: How many; none by default.
        seed: Of the random numbers.

    Raises:
        LikelyError: If a length or a value is wrong, or the weights of a sample do not
            sum to a positive number.

    References:
        N. Smirnov, Ann. Math. Statist. 19 (1948) 279; J. Monahan, Numerical Methods of
        Statistics (2001) 358, for the weights.
    """
    verb = "kolmogorov_smirnov_two_samples"
    n = whole_number(verb, "permutations", permutations, least=0)
    seed = whole_number(verb, "seed", seed, least=0)
    first, second = numbers(verb, "a", a), numbers(verb, "b", b)
    weights = (
        weights_of(verb, weights_a, len(first), name="weights_a"),
        weights_of(verb, weights_b, len(second), name="weights_b"),
    )
    for w, sample in zip(weights, "ab", strict=True):
        positive_sum(verb, w, f"the sample `{sample}`", name=f"weights_{sample}")
    data = labelled(
        verb,
        np.concatenate([first, second]),
        np.arange(len(first) + len(second)) < len(first),
        np.concatenate(weights),
    )
    ranking = Ranking.of(data.scores)
    v = data.weights[~data.signal]
    effective = effective_number(data.weights[data.signal]), effective_number(v)
    # The share of an event in its own sample, one of them negative.
    steps = data.of_signal / data.of_signal.sum() - data.of_background / v.sum()
    distance = float(_distances(steps[None, ranking.order], ranking)[0])
    size = math.sqrt(effective[0] * effective[1] / sum(effective))
    rng, found = np.random.default_rng(seed), [np.zeros(0)]
    sizes = list(blocks(n, len(steps)))
    with progress("permutations", len(sizes)) as tell:
        for rows in sizes:
            shuffled = rng.permuted(np.tile(steps, (rows, 1)), axis=1)
            found.append(_distances(shuffled, ranking))
            tell()
    return TwoSampleTest(
        "Kolmogorov-Smirnov distance",
        distance,
        float(kolmogorov(size * distance)),
        effective,
        np.concatenate(found),
    )


def _distances(
    steps: Float[np.ndarray, "rows events"], ranking: Ranking
) -> Float[np.ndarray, " rows"]:
    apart = np.cumsum(steps, axis=1)
    if len(ranking.firsts) < apart.shape[1]:
        apart = apart[:, ranking.lasts]
    return np.abs(apart).max(axis=1)
