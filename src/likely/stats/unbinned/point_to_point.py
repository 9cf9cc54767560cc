"""The point-to-point dissimilarity, known as the energy test."""

import math
from typing import final

import equinox as eqx
import numpy as np
from jaxtyping import Bool, Float
from scipy.spatial.distance import cdist

from ...core import LikelyError, Result, progress
from .outcome import UnbinnedTest
from .two_samples import AbstractTwoSamples, Options, compare

# Points a block: the distances of a pair of blocks stay in the cache.
BLOCK = 1024
# Distances below this, in spreads of the variables, count as this: the logarithm is
# finite for points that coincide, as those of rounded data.
SHORTEST = 1e-6


@final
class Dissimilarity(AbstractTwoSamples):
    r"""The statistic $T$ of `point_to_point_test`.

    Args:
        width: Of the Gaussian $\psi$; None for the logarithm.
    """

    width: float | None = eqx.field(static=True, default=None)

    def values(
        self,
        points: Float[np.ndarray, "points dim"],
        first: Bool[np.ndarray, "points n"],
    ) -> Float[np.ndarray, " n"]:
        r"""Return $T$ for each way to split the points, in one pass over the pairs.

        With $K_{ij} = \psi(r_{ij})$, zero for $i = j$, and the columns $L$ of `first`,
        the sums over pairs are $L^\top K L$ and $L^\top K 1$.
        """
        total, N = len(points), first.sum(axis=0)
        L = first.astype(float)
        LKL, LK1, all_ = np.zeros(L.shape[1]), np.zeros(L.shape[1]), 0.0
        starts = range(0, total, BLOCK)
        with progress("pairs of events", len(starts)) as tell:
            for a in starts:
                i = slice(a, a + BLOCK)
                for b in range(a, total, BLOCK):
                    j = slice(b, b + BLOCK)
                    K = self._kernel(points[i], points[j])
                    both = 2.0
                    if a == b:
                        np.fill_diagonal(K, 0.0)
                        both = 1.0
                    LKL += both * np.einsum("in,in->n", L[i], K @ L[j])
                    LK1 += K.sum(axis=1) @ L[i]
                    if a != b:
                        LK1 += K.sum(axis=0) @ L[j]
                    all_ += both * K.sum()
                tell()
        M = total - N
        between = LK1 - LKL
        others = all_ - 2 * LK1 + LKL
        return LKL / (2 * N * (N - 1)) + others / (2 * M * (M - 1)) - between / (N * M)

    def _kernel(
        self, a: Float[np.ndarray, "m dim"], b: Float[np.ndarray, "n dim"]
    ) -> Float[np.ndarray, "m n"]:
        squared = cdist(a, b, "sqeuclidean")
        if self.width is None:
            return -0.5 * np.log(squared + SHORTEST**2)
        return np.exp(-0.5 * squared / self.width**2)


def point_to_point_test(
    result: Result,
    *,
    width: float | None = None,
    permutations: int = 200,
    toys: int = 0,
    sample: int | None = None,
    seed: int = 0,
) -> UnbinnedTest:
    r"""Test a fit in any number of dimensions by distances between points.

    $$T = \frac{1}{n(n-1)} \sum_{i<j} \psi(|x_i - x_j|) + \frac{1}{m(m-1)} \sum_{k<l}
    \psi(|y_k - y_l|) - \frac{1}{nm} \sum_{i,k} \psi(|x_i - y_k|)$$

    of the $n$ events $x$ and a sample $y$ of $m$ events drawn from the fitted model,
    each variable in units of its spread. It is zero on average if both follow one
    density, and the energy of charges of opposite sign if not: it sees differences
    anywhere, and loses little in many dimensions. $\psi = -\log r$ needs no scale; a
    Gaussian of a given width sees best what has that size. Time grows as $(n + m)^2$.

    By default the p-value is from permutations of $x$ and $y$. They do not know that
    the parameters were fitted, so it is, if anything, too large; with `toys` it is from
    toys that are refitted, each with its own sample.

    Args:
        result: A converged unbinned fit of events without weights.
        width: Of a Gaussian $\psi$, in units of the variables' spread; by default the
            logarithm.
        permutations: Number of permutations.
        toys: Number of refitted toys, in place of permutations.
        sample: Number $m$; ten times the events by default, but at least as many and
            at most 20000.
        seed: Of the random numbers.

    Raises:
        LikelyError: If the fit is no such fit, or an option is none.

    References:
        B. Aslan, G. Zech, J. Stat. Comput. Simul. 75 (2005) 109,
        arXiv:math/0309164; M. Williams, JINST 5 (2010) P09004, arXiv:1006.3019.
    """
    if width is not None and not (math.isfinite(width) and width > 0):
        raise LikelyError(f"`point_to_point_test(width=...)` must be > 0; got {width}.")
    words = "point_to_point_test", "point-to-point dissimilarity"
    how = Options(permutations, toys, sample, seed)
    return compare(words, result, Dissimilarity(width), how)
