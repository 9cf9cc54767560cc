"""What was observed in bins of one observable of a histogram."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from ..data import Binned

# Fewer bins than this part of what was asked for show less than the bins as they are.
_ENOUGH = 0.34


@final
@dataclass(frozen=True)
class Observed:
    """Data in bins of one observable; the arguments are those of `Projection`."""

    edges: Float[np.ndarray, " edges"]
    counts: Float[np.ndarray, " bins"]
    variances: Float[np.ndarray, " bins"]
    entries: Float[np.ndarray, " bins"]
    weighted: bool


def observed_bins(binned: Binned, axis: int, most: int) -> Observed:
    """Return the contents along one axis, in not more than `most` bins if possible.

    Equal bins are put together in groups of one size, of which there is a whole number;
    where there is no such size they stay as they are, and so do unequal ones. The
    number of entries of a weighted bin is taken as that of equal weights, $n^2/V$.
    """
    line = binned.project(binned.names[axis])
    edges, n = line.edges[0], np.asarray(line.counts)
    size = _group(edges, most)
    n = n.reshape(-1, size).sum(axis=1)
    if line.variances is None:
        return Observed(edges[::size], n, n, n, weighted=False)
    V = np.asarray(line.variances).reshape(-1, size).sum(axis=1)
    entries = np.where(V > 0, n**2 / np.where(V > 0, V, 1.0), 0.0)
    weighted = not np.array_equal(n, V)
    return Observed(edges[::size], n, V, entries, weighted=weighted)


def _group(edges: Float[np.ndarray, " edges"], most: int) -> int:
    """Return the number of bins that are put together."""
    widths = np.diff(edges)
    n = len(widths)
    if np.ptp(widths) > 1e-6 * widths.mean():
        return 1
    sizes = [k for k in range(1, n + 1) if n % k == 0 and n / k <= most]
    return sizes[0] if sizes and n / sizes[0] >= _ENOUGH * most else 1
