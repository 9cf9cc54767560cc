"""The density of a count, against SciPy."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from likely.core import LikelyError, Observable, Parameter
from likely.distributions import Poisson, Sum
from likely.fit import Likelihood

COUNT = Observable("n", -0.5, 20.5)


def test_counts_have_the_probabilities_of_scipy():
    k = np.arange(21.0)
    expected = scipy.stats.poisson.logpmf(k, 7.3) - math.log(
        scipy.stats.poisson.cdf(20, 7.3)
    )
    got = Poisson(COUNT, 7.3).log_probs(k[:, None])
    np.testing.assert_allclose(got, expected, rtol=1e-9)
    assert np.exp(got).sum() == pytest.approx(1, abs=1e-12)
    beyond = Poisson(COUNT, 7.3).log_probs(np.array([[-1.0], [21.0]]))
    assert (beyond == -math.inf).all()


def test_an_integral_is_a_sum_over_counts():
    density = Poisson(Observable("n", 2.5, 400.5), 150.0)
    bins = [(2.5, 400.5), (99.5, 120.5), (149.5, 150.5), (150.0, 150.5), (7.0, 7.0)]
    law = scipy.stats.poisson(150.0)
    expected = [
        law.sf(2) - law.sf(400),
        law.cdf(120) - law.cdf(99),
        law.pmf(150),
        0.5 * law.pmf(150),
        0.0,
    ]
    got = [float(jnp.exp(density.log_integral(*b))) for b in bins]
    np.testing.assert_allclose(got, expected, rtol=1e-9)


def test_derivatives_against_the_closed_form():
    """The mean and minus the variance over mu^2, of the counts that are allowed."""
    k = np.arange(21)
    p = scipy.stats.poisson.pmf(k, 7.3)
    p /= p.sum()
    mean = (k * p).sum()
    variance = ((k - mean) ** 2 * p).sum()

    def log_prob(mu):
        return Poisson(COUNT, mu).log_prob(jnp.array([4.0]))

    assert jax.grad(log_prob)(7.3) == pytest.approx((4 - mean) / 7.3, rel=1e-9)
    second = -(4 - mean) / 7.3**2 - variance / 7.3**2
    assert jax.hessian(log_prob)(7.3) == pytest.approx(second, rel=1e-9)
    assert np.isfinite(jax.hessian(log_prob)(1e-9))


def test_samples_are_counts_that_follow_it():
    events = np.asarray(Poisson(COUNT, 7.3).samples(jax.random.key(1), 20_000))[:, 0]
    assert (events == np.round(events)).all()
    seen = np.bincount(events.astype(int), minlength=21)
    expected = scipy.stats.poisson.pmf(np.arange(21), 7.3)
    expected *= len(events) / expected.sum()
    few = expected < 10
    merged = np.append(seen[~few], seen[few].sum())
    wanted = np.append(expected[~few], expected[few].sum())
    assert scipy.stats.chisquare(merged, wanted).pvalue > 1e-4


def test_likelihood_of_a_mixture_of_counts():
    k = np.array([1.0, 3.0, 5.0, 12.0])
    mu = Parameter("mu", 4.0, 0.1, 20)
    mixture = Sum(
        {"few": Poisson(COUNT, mu), "many": Poisson(COUNT, 11.0)}, fractions=[0.7]
    )
    objective = Likelihood().objective(mixture, k[:, None])
    value = objective.derivatives(np.array([4.0])).value
    few, many = scipy.stats.poisson(4.0), scipy.stats.poisson(11.0)
    p = 0.7 * few.pmf(k) / few.cdf(20) + 0.3 * many.pmf(k) / many.cdf(20)
    assert value == pytest.approx(-np.log(p).sum(), rel=1e-9)


WRONG = {
    "ends between counts, for instance at -0.5 and 20.5": (0.0, 20.0),
    "got [-1.5, 3.5]": (-1.5, 3.5),
    "a million at most; got 2000000": (-0.5, 2e6 - 0.5),
}


@pytest.mark.parametrize("message", WRONG)
def test_a_range_that_is_none_of_counts_says_so(message):
    with pytest.raises(LikelyError) as error:
        Poisson(Observable("n", *WRONG[message]), 3.0)
    assert message in str(error.value)
