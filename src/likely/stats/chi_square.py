"""How well a fitted model describes binned data."""

import math

import numpy as np
from jaxtyping import Int
from scipy.special import chdtrc

from ..core import GoodnessOfFit
from .binned import ENOUGH, SMALLEST_EXPECTED, Projection, expected_variance


def goodness_of_fit(projection: Projection, n_free: int) -> GoodnessOfFit:
    r"""Return Pearson's $\chi^2 = \sum_i (n_i - \mu_i)^2 / \sigma_i^2$ of a projection.

    From the left, adjacent bins are merged until each expects five events; a rest on
    the right joins its neighbour. $\sigma_i^2$ is the expected variance, $\mu_i$ for
    counts and `expected_variance` for weighted events; a merged bin of these expects
    five equivalent events, $\mu_i^2 / \sum w^2$, and holds ten. $n_{dof}$ is the number
    of merged bins less `n_free`, and one less if the model is normalised to the data.

    The parameters of an unbinned fit know more than the bins: the true distribution
    lies between those of $n_{dof}$ and $n_{dof} + n_{free}$ degrees of freedom, so the
    p-value is, if anything, too small. That of a fit to the same bins has $n_{dof}$.
    Where no degree of freedom is left it is NaN, for then the $\chi^2$ says nothing.

    Args:
        projection: Data and expectation.
        n_free: Number of parameters that the fit moved.

    References:
        W. G. Cochran (1954), Biometrics 10, 417, for the merging. H. Chernoff and
        E. L. Lehmann (1954), Ann. Math. Statist. 25, 579, for the p-value.
    """
    groups = _merged(projection)
    n, mu, variance = (
        np.add.reduceat(column, groups) if groups.size else np.zeros(0)
        for column in (projection.counts, projection.expected, projection.variances)
    )
    sigma2 = expected_variance(n, mu, variance) if projection.weighted else mu
    ndof = max(groups.size - n_free - (0 if projection.extended else 1), 0)
    chi2 = float(np.sum((n - mu) ** 2 / sigma2)) if groups.size else math.nan
    p_value = float(chdtrc(ndof, chi2)) if ndof > 0 else math.nan
    return GoodnessOfFit(chi2, ndof, p_value)


def _merged(projection: Projection) -> Int[np.ndarray, " groups"]:
    """Return the first bin of each merged group."""
    starts, first = [], 0
    expected = variance = entries = 0.0
    for i in range(len(projection.counts)):
        expected += projection.expected[i]
        variance += projection.variances[i]
        entries += projection.entries[i]
        if not projection.weighted:
            full = expected >= SMALLEST_EXPECTED
        else:
            equivalent = expected**2 / variance if variance > 0 else 0.0
            full = entries >= ENOUGH and expected > 0
            full = full and equivalent >= SMALLEST_EXPECTED
        if full:
            starts.append(first)
            first, expected, variance, entries = i + 1, 0.0, 0.0, 0.0
    return np.array(starts, int)
