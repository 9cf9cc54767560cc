"""The `massfit` by iminuit, with a numba kernel for the loss and for its gradient.

The densities of numba-stats (`truncnorm`, `truncexpon`) write an array each; one
compiled loop with the same formulas and an analytic gradient is several times faster,
and is what a user who cares would write. numba-stats gives the check at the start.
"""

import math

import iminuit
import numba
import numba_stats
import numpy as np
from numba_stats import truncexpon, truncnorm
from protocol import HIGH, LOW, PARAMETERS, Fitted, serve

SQRT2, SQRT2PI, RANGE = math.sqrt(2), math.sqrt(2 * math.pi), HIGH - LOW
compiled = numba.njit(fastmath=True, parallel=True, error_model="numpy")


@compiled
def loss(m, mu, sigma, fraction, slope):
    inside = math.erf((HIGH - mu) / sigma / SQRT2) - math.erf(
        (LOW - mu) / sigma / SQRT2
    )
    gauss = fraction / (sigma * SQRT2PI * inside / 2)
    exponential = (1 - fraction) * slope / math.expm1(slope * RANGE)
    total = 0.0
    for i in numba.prange(len(m)):
        z = (m[i] - mu) / sigma
        total += math.log(
            gauss * math.exp(-0.5 * z * z)
            + exponential * math.exp(slope * (m[i] - LOW))
        )
    return -total


@compiled
def gradient(m, mu, sigma, fraction, slope):
    low, high = (LOW - mu) / sigma, (HIGH - mu) / sigma
    inside = (math.erf(high / SQRT2) - math.erf(low / SQRT2)) / 2
    edge_low = math.exp(-0.5 * low * low) / SQRT2PI / inside
    edge_high = math.exp(-0.5 * high * high) / SQRT2PI / inside
    gauss = 1 / (sigma * SQRT2PI * inside)
    exponential = slope / math.expm1(slope * RANGE)
    # Derivatives of the logarithms of the two normalisations.
    by_mu = (edge_high - edge_low) / sigma
    by_sigma = (high * edge_high - low * edge_low - 1) / sigma
    by_slope = 1 / slope - RANGE / -math.expm1(-slope * RANGE)
    g_mu = g_sigma = g_fraction = g_slope = 0.0
    for i in numba.prange(len(m)):
        z, t = (m[i] - mu) / sigma, m[i] - LOW
        signal, background = (
            gauss * math.exp(-0.5 * z * z),
            exponential * math.exp(slope * t),
        )
        inverse = 1 / (fraction * signal + (1 - fraction) * background)
        share = fraction * signal * inverse
        g_mu += share * (z / sigma + by_mu)
        g_sigma += share * (z * z / sigma + by_sigma)
        g_fraction += (signal - background) * inverse
        g_slope += (1 - share) * (t + by_slope)
    return np.array([-g_mu, -g_sigma, -g_fraction, -g_slope])


def prepare(events: np.ndarray) -> np.ndarray:
    """Return the events, having checked the formula of `loss` against numba-stats."""
    some, (mu, sigma, fraction, slope) = events[:100], (5.28, 0.06, 0.3, -1.0)
    density = fraction * truncnorm.pdf(some, LOW, HIGH, mu, sigma)
    density += (1 - fraction) * truncexpon.pdf(some, LOW, HIGH, LOW, -1 / slope)
    # `py_func` is not compiled, so that the cold time is not made shorter here.
    ours = loss.py_func(some, mu, sigma, fraction, slope)
    np.testing.assert_allclose(ours, -np.log(density).sum(), rtol=1e-10)
    return events


def fit(events: np.ndarray) -> Fitted:
    minuit = iminuit.Minuit(
        lambda *p: loss(events, *p),
        *(start for start, _, _ in PARAMETERS.values()),
        grad=lambda *p: gradient(events, *p),
        name=list(PARAMETERS),
    )
    minuit.errordef = iminuit.Minuit.LIKELIHOOD
    minuit.limits = [(low, high) for _, low, high in PARAMETERS.values()]
    minuit.migrad()
    minuit.hesse()
    return minuit.values.to_dict(), minuit.errors.to_dict()


if __name__ == "__main__":
    versions = {
        "iminuit": iminuit.__version__,
        "numba": numba.__version__,
        "numba-stats": numba_stats.__version__,
    }
    serve("iminuit + numba", prepare, fit, versions)
