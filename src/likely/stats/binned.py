"""Data and expectation in bins of one observable."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from ..core import Observable

# W. G. Cochran (1954), Biometrics 10, 417: below about five expected events the
# Pearson sum no longer follows the chi-square distribution.
SMALLEST_EXPECTED = 5.0
# Toys of positive, negative and sWeighted events: of ten, the sum of squared weights
# is known well enough that chi-square probabilities are right to about two per cent.
ENOUGH = 10


@final
@dataclass(frozen=True)
class Projection:
    """Data and expectation in bins of one observable.

    Args:
        observable: The observable; its range is that of the bins.
        edges: Bin edges, in its unit.
        counts: Sum of weights in each bin.
        variances: Sum of squared weights in each bin.
        entries: Number of events in each bin.
        expected: Expected sum of weights in each bin.
        components: The same for each component of the model, by name.
        extended: Whether the model, and not the data, sets the sum of `expected`.
        weighted: Whether the events carry weights.
    """

    observable: Observable
    edges: Float[np.ndarray, " edges"]
    counts: Float[np.ndarray, " bins"]
    variances: Float[np.ndarray, " bins"]
    entries: Float[np.ndarray, " bins"]
    expected: Float[np.ndarray, " bins"]
    components: Mapping[str, Float[np.ndarray, " bins"]]
    extended: bool = False
    weighted: bool = False

    @property
    def widths(self) -> Float[np.ndarray, " bins"]:
        """Return the width of each bin, in the observable's unit."""
        return np.diff(self.edges)

    @property
    def width(self) -> float | None:
        """Return the width that all bins have, None where they differ."""
        widths = self.widths
        return None if np.ptp(widths) > 1e-6 * widths[0] else float(widths[0])

    def widths_at(
        self, x: Float[np.ndarray, " points"]
    ) -> Float[np.ndarray, " points"]:
        """Return the width of the bin that each point lies in."""
        places = np.searchsorted(self.edges, x, side="right") - 1
        return self.widths[np.clip(places, 0, len(self.widths) - 1)]

    @property
    def centres(self) -> Float[np.ndarray, " bins"]:
        """Return the middle of each bin, in the observable's unit."""
        return 0.5 * (self.edges[1:] + self.edges[:-1])

    @property
    def pulls(self) -> Float[np.ndarray, " bins"]:
        r"""Return $(n_i - \mu_i)/\sigma_i$, NaN where $\sigma_i$ is zero.

        $\sigma_i^2$ is the expected variance: $\mu_i$ for counts, `expected_variance`
        for weighted events, averaged over adjacent bins until they hold ten events.
        """
        sigma2 = self._steady_variances() if self.weighted else self.expected
        sigma = np.sqrt(np.where(sigma2 > 0, sigma2, np.nan))
        return (self.counts - self.expected) / sigma

    def _steady_variances(self) -> Float[np.ndarray, " bins"]:
        new = np.diff(np.floor(np.cumsum(self.entries) / ENOUGH), prepend=0.0) > 0
        # A group ends with the bin that fills it; what is left joins the last one.
        group = np.minimum(np.cumsum(new) - new, max(int(new.sum()) - 1, 0))
        n, mu, variance = (
            np.bincount(group, column)
            for column in (self.counts, self.expected, self.variances)
        )
        return (expected_variance(n, mu, variance) / np.bincount(group))[group]


def expected_variance(
    n: Float[np.ndarray, " bins"],
    mu: Float[np.ndarray, " bins"],
    variance: Float[np.ndarray, " bins"],
) -> Float[np.ndarray, " bins"]:
    r"""Return $\mu V/n$, the variance of an expected sum of weights $\mu$.

    $n = \sum w$ and $V = \sum w^2$ are those of the data, whose mean weight $V/n$ is
    that of the scaled Poisson distribution. $V$ alone is small where the data fluctuate
    down, which makes every chi-square too large; it is used where $n$ is not positive
    or $\mu$ is worth less than five events, $\mu^2/V < 5$, so that $V/n$ is unknown.

    Args:
        n: Sum of weights in each bin.
        mu: Its expectation.
        variance: Sum of squared weights in each bin.

    References:
        G. Bohm and G. Zech (2014), Nucl. Instrum. Meth. A 748, 1, arXiv:1309.1287.
    """
    known = (n > 0) & (mu > 0) & (mu**2 >= SMALLEST_EXPECTED * variance)
    return variance * np.where(known, mu / np.where(known, n, 1.0), 1.0)
