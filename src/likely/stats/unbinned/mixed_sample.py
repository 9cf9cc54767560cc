"""The mixed-sample test: are neighbours of the same sample too often?"""

import math
from dataclasses import replace
from typing import Any, final

import equinox as eqx
import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.spatial import KDTree

from ...core import LikelyError, Result
from ..fitted import whole_number
from .outcome import UnbinnedTest
from .two_samples import AbstractTwoSamples, Options, compare

BLOCK = 4096


@final
class SameSample(AbstractTwoSamples):
    """How many more neighbours than expected are of the point's own sample.

    Args:
        neighbours: How many of each point.
    """

    neighbours: int = eqx.field(static=True)

    def values(
        self,
        points: Float[np.ndarray, "points dim"],
        first: Bool[np.ndarray, "points n"],
    ) -> Float[np.ndarray, " n"]:
        near = _nearest(points, self.neighbours)
        same = np.zeros(first.shape[1])
        for a in range(0, len(points), BLOCK):
            i = slice(a, a + BLOCK)
            for column in near[i].T:
                same += (first[i] == first[column]).sum(axis=0)
        n = first.sum(axis=0)
        return same / near.size - _mean(n, len(points) - n)


def _nearest(
    points: Float[np.ndarray, "points dim"], k: int
) -> Int[np.ndarray, "points k"]:
    """Return the nearest other points of each point."""
    near = np.asarray(KDTree(points).query(points, k + 1)[1])
    own = near == np.arange(len(points))[:, None]
    # Of many that coincide the point itself may not be among the first.
    own[~own.any(axis=1), -1] = True
    return near[~own].reshape(len(points), k)


def _mean(n: Any, m: Any) -> Any:
    r"""Return the mean of $T$ if both samples follow one density."""
    return (n * (n - 1) + m * (m - 1)) / ((n + m) * (n + m - 1))


def mixed_sample_limit(n: int, m: int, neighbours: int) -> tuple[float, float]:
    r"""Return mean and standard deviation of $T$ if both samples follow one density.

    $$\mu = \frac{n(n-1) + m(m-1)}{N(N-1)}, \qquad \sigma^2 = \frac{1}{N k}
    \Bigl(\frac{nm}{N^2} + \frac{4 n^2 m^2}{N^4}\Bigr), \qquad N = n + m.$$

    The mean is exact; the variance is the limit of many points, neighbours and
    dimensions, in which half of it is from pairs that are neighbours of each other. In
    few dimensions and for samples of equal size it is up to twice too large; in many
    dimensions and for unequal samples points that are neighbours of many others make it
    too small. So p-values are from permutations.

    Args:
        n: Events of the one sample.
        m: Events of the other.
        neighbours: $k$, of each point.

    References:
        M. Schilling, J. Am. Stat. Assoc. 81 (1986) 799; M. Williams, JINST 5 (2010)
        P09004, arXiv:1006.3019.
    """
    N = n + m
    part = n * m / N**2
    return _mean(n, m), math.sqrt((part + 4 * part**2) / (N * neighbours))


def mixed_sample_test(
    result: Result,
    *,
    neighbours: int = 10,
    permutations: int = 500,
    toys: int = 0,
    sample: int | None = None,
    seed: int = 0,
) -> UnbinnedTest:
    r"""Test a fit in any number of dimensions by the neighbours of each point.

    The events and a sample of the fitted model are mixed, each variable in units of its
    spread, and

    $$T - \mu = \frac{1}{N k} \sum_{i=1}^{N} \sum_{j=1}^{k} I(i, j) -
    \frac{n(n-1) + m(m-1)}{N(N-1)}$$

    says how many more of the $k$ nearest neighbours of a point are of its own sample
    than there are if both follow one density. Its standard deviation for many points is
    that of `mixed_sample_limit`, and in the outcome as `limit`; the p-value is from
    permutations, which hold for any number of points. They do not know that the
    parameters were fitted, so it is, if anything, too large; with `toys` it is from
    toys that are refitted. Time grows as $N \log N$.

    Args:
        result: A converged unbinned fit of events without weights.
        neighbours: $k$.
        permutations: Number of permutations.
        toys: Number of refitted toys, in place of permutations.
        sample: Number of events drawn; ten times the events by default, but at least
            as many and at most 20000.
        seed: Of the random numbers.

    Raises:
        LikelyError: If the fit is no such fit, or an option is none.

    References:
        M. Schilling, J. Am. Stat. Assoc. 81 (1986) 799; M. Williams, JINST 5 (2010)
        P09004, arXiv:1006.3019.
    """
    verb = "mixed_sample_test"
    k = whole_number(verb, "neighbours", neighbours, least=1)
    words = verb, f"mixed sample of {k} neighbours, excess"
    how = Options(permutations, toys, sample, seed)
    n_events = getattr(result, "n_events", k)
    if k >= 2 * n_events:
        raise LikelyError(
            f"`{verb}(neighbours=...)`: too many for {n_events} events; got {k}."
        )
    outcome = compare(words, result, SameSample(k), how)
    n = outcome.n_events
    m = how.sample_size(n)
    return replace(outcome, limit=(0.0, mixed_sample_limit(n, m, k)[1]))
