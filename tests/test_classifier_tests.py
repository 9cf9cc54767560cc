"""Two samples by their scores, and the significance of cuts on a score."""

import json
import math

import numpy as np
import pytest
from classifier_cases import gaussians, sample
from scipy import stats
from scipy.optimize import minimize_scalar

from likely.core import LikelyError
from likely.stats import (
    approximate_median_significance,
    classifier_two_sample_test,
    kolmogorov_smirnov_two_samples,
    roc,
    significance_scan,
)


@pytest.fixture
def rng():
    return np.random.default_rng(20170424)


def test_kolmogorov_against_scipy(rng):
    a, b = rng.normal(size=60), rng.normal(0.4, 1, 45)
    found = kolmogorov_smirnov_two_samples(a, b, permutations=2000, seed=3)
    exact = stats.ks_2samp(a, b, method="exact")
    assert found.statistic == pytest.approx(exact.statistic, rel=1e-12)
    # Five standard deviations of the permutations.
    assert abs(found.p_value - exact.pvalue) < 5 * found.p_value_error
    size = math.sqrt(60 * 45 / 105)
    expected = stats.kstwobign.sf(size * exact.statistic)
    assert found.asymptotic_p_value == pytest.approx(expected, rel=1e-9)
    assert found.effective_events == pytest.approx((60, 45))
    content = json.loads(json.dumps(found.to_dict()))
    assert content["n_permutations"] == 2000
    assert "permutations" in str(found)


def test_kolmogorov_of_weighted_ties():
    a, b = np.array([1, 1, 2, 3.0]), np.array([0, 1, 3, 3.0])
    v = np.array([1.0, -0.5, 2.0, 0.0])
    found = kolmogorov_smirnov_two_samples(a, b, None, v)
    # Distribution functions at 0, 1, 2, 3: 0, 1/2, 3/4, 1 and 0.4, 0.2, 0.2, 1.
    assert found.statistic == pytest.approx(0.55)
    assert found.effective_events == pytest.approx((4, 2.5**2 / 5.25))
    assert found.p_value_error is None
    assert "asymptotic" in found.message


@pytest.mark.parametrize("kind", ["weights", "reweighted", "ties", "negative"])
def test_kolmogorov_p_values_are_uniform(rng, kind):
    permutations = 99 if kind == "ties" else 0
    p = []
    for i in range(200):
        a, b, v = rng.normal(size=150), rng.normal(size=200), None
        if kind == "weights":
            v = 0.1 * rng.exponential(1, 200)
        if kind == "reweighted":
            # Another distribution, and the weights that make it the same.
            b = rng.normal(0.4, 1.2, 200)
            v = stats.norm.pdf(b) / stats.norm.pdf(b, 0.4, 1.2)
        if kind == "ties":
            a, b = a.round(), b.round()
        if kind == "negative":
            v = np.where(rng.random(200) < 0.1, -1.0, 1.0)
        found = kolmogorov_smirnov_two_samples(
            a, b, None, v, permutations=permutations, seed=i
        )
        p.append(found.p_value)
    # Three standard deviations of a share of 200; that of ties is discrete.
    p = np.array(p)
    assert np.mean(p <= 0.1) == pytest.approx(0.1, abs=0.064)
    assert np.mean(p <= 0.5) == pytest.approx(0.5, abs=0.107)


def test_two_sample_test_is_that_of_mann_and_whitney():
    scores, labels, _ = sample()
    found = classifier_two_sample_test(scores, labels)
    # SciPy's mannwhitneyu, one-sided, asymptotic, without continuity correction.
    assert found.auc.statistic == pytest.approx(roc(scores, labels).auc, rel=1e-12)
    assert found.auc.p_value == pytest.approx(1.7264763747680084e-19, rel=1e-9)
    assert found.auc_error == roc(scores, labels).auc_error
    assert "differ" in str(found)


def test_accuracy_is_that_of_the_paper(rng):
    # Lopez-Paz and Oquab, section 3.1: N(1/2, 1/(4 n)) for n events, half of each.
    scores = rng.permutation(np.arange(1000) / 999)
    labels = np.arange(1000) < 500
    found = classifier_two_sample_test(scores, labels)
    right = np.mean((scores >= 0.5) == labels)
    assert found.accuracy.statistic == pytest.approx(right)
    z = (right - 0.5) * math.sqrt(4 * 1000)
    assert found.accuracy.p_value == pytest.approx(stats.norm.sf(z), rel=1e-3)


@pytest.mark.parametrize("kind", ["counts", "reweighted", "negative"])
def test_two_sample_p_values_are_uniform(rng, kind):
    p = []
    for _ in range(200):
        a, b, w = rng.normal(size=150), rng.normal(size=250), None
        if kind == "reweighted":
            b = rng.normal(0.4, 1.2, 250)
            ratio = stats.norm.pdf(b) / stats.norm.pdf(b, 0.4, 1.2)
            w = np.concatenate([np.ones(150), 0.1 * ratio])
        if kind == "negative":
            w = np.where(rng.random(400) < 0.1, -1.0, 1.0)
        both = np.concatenate([a, b]), np.arange(400) < 150
        found = classifier_two_sample_test(*both, w, threshold=0.3)
        p.append((found.auc.p_value, found.accuracy.p_value))
    for part in np.array(p).T:
        assert np.mean(part < 0.1) == pytest.approx(0.1, abs=0.064)
        assert np.mean(part < 0.5) == pytest.approx(0.5, abs=0.107)


def test_two_sample_permutations_agree(rng):
    scores, labels = gaussians(rng, 150, 200, 0.15)
    weights = rng.exponential(1, 350)
    found = classifier_two_sample_test(
        scores, labels, weights, threshold=0.1, permutations=2000, seed=2
    )
    for test in (found.auc, found.accuracy):
        assert len(test.permuted) == 2000
        assert test.permuted.mean() == pytest.approx(0.5, abs=0.004)
        assert abs(test.p_value - test.asymptotic_p_value) < 0.05
    content = json.loads(json.dumps(found.to_dict()))
    assert content["auc"]["error"] == pytest.approx(found.auc_error)
    same = classifier_two_sample_test(np.ones(4), [0, 1, 0, 1])
    assert (same.auc.p_value, same.accuracy.p_value) == (1, 1)


def profile_z(s, b, sigma):
    """Return the square root of the likelihood ratio of n = s + b and m = b/tau."""
    n, tau = s + b, b / sigma**2
    m = tau * b

    def nll(mean, other):
        return -n * math.log(mean) + mean - m * math.log(tau * other) + tau * other

    null = minimize_scalar(
        lambda x: nll(x, x), bounds=(0.2 * b, b + s), options={"xatol": 1e-12}
    )
    return math.sqrt(2 * (null.fun - nll(n, b)))


@pytest.mark.parametrize(("s", "b", "sigma"), [(10, 100, 20), (30, 4, 1), (5, 50, 0.5)])
def test_significance_with_an_uncertain_background(s, b, sigma):
    found = approximate_median_significance(s, b, sigma_b=sigma)
    assert found == pytest.approx(profile_z(s, b, sigma), rel=1e-5)
    # Eq. 20 of Cowan's note as it is written.
    v = sigma**2
    inside = (s + b) * math.log((s + b) * (b + v) / (b * b + (s + b) * v))
    inside -= b * b / v * math.log(1 + v * s / (b * (b + v)))
    assert found == pytest.approx(math.sqrt(2 * inside), rel=1e-9)


def test_significance_is_the_median_of_counts():
    # The p-value of the median count, by the exact Poisson probabilities.
    for s, b in ((30, 100), (60, 400), (200, 1000)):
        p = stats.poisson.sf(stats.poisson.median(s + b) - 1, b)
        exact = stats.norm.isf(p)
        assert approximate_median_significance(s, b) == pytest.approx(exact, abs=0.05)


def test_significance_in_its_limits():
    z = approximate_median_significance
    assert z(1e-6, 1e4) == pytest.approx(1e-8, rel=1e-9)
    assert z(1e-3, 1e4, sigma_b=50) == pytest.approx(1e-3 / math.sqrt(12_500), rel=1e-6)
    # The two ways to compute it meet.
    low, high = z(np.array([0.99999, 1.00001]), 100.0)
    assert high / low == pytest.approx(1.00002, rel=1e-7)
    assert z(10, 20, b_reg=10) == z(10, 30)
    assert z(10, 20, sigma_b=0) == z(10, 20)
    assert z(10, 20, sigma_b=1e-6) == pytest.approx(z(10, 20), rel=1e-9)
    assert z(-3, 20) == 0
    assert z(3, 0) == math.inf
    assert z(3, 0, sigma_b=1) == 0
    assert z(0, 0) == 0
    assert z([1, 2], [[3.0], [4]]).shape == (2, 2)
    for arguments, choices, told in (
        ((math.nan, 1), {}, "s=.*finite"),
        ((1, [1, 2]), {"sigma_b": [1, 2, 3]}, "arrays of one shape"),
        ((1, 1), {"sigma_b": 1, "b_reg": 10}, "give one of them"),
        ((1, 1), {"sigma_b": -1}, "sigma_b=.*not negative"),
    ):
        with pytest.raises(LikelyError, match=told):
            z(*arguments, **choices)


def test_scan_of_counts(rng):
    scores, signal = gaussians(rng, 4000, 20_000, 2.0)
    weights = np.where(signal, 0.01, 0.5)
    found = significance_scan(scores, signal, weights)
    best = found.best
    passes = scores >= best.threshold
    s, b = 0.01 * np.sum(passes & signal), 0.5 * np.sum(passes & ~signal)
    assert best.signal.value == pytest.approx(s)
    assert best.background.value == pytest.approx(b)
    assert best.background.error == pytest.approx(math.sqrt(0.5 * b))
    z = best.significance.value
    assert z == pytest.approx(approximate_median_significance(s, b))
    assert z == found.significance[found.enough].max()
    assert found.at(best.threshold) == best
    assert not found.enough[0]
    assert str(found).startswith("best cut: score >= ")
    content = json.loads(json.dumps(found.to_dict(points=40)))
    assert 30 < len(content["thresholds"]) <= 40
    # Without a least number of events the last background event would win.
    assert significance_scan(scores, signal, weights, least=1).best.threshold > (
        best.threshold
    )


@pytest.mark.parametrize("choice", [{}, {"b_reg": 10.0}, {"relative_sigma_b": 0.2}])
def test_error_of_the_significance(rng, choice):
    values, errors = [], []
    for _ in range(200):
        n, m = rng.poisson(300), rng.poisson(1000)
        scores, signal = gaussians(rng, n, m, 1.5)
        weights = np.where(signal, 0.1, 0.2) * rng.exponential(1, n + m)
        cut = significance_scan(scores, signal, weights, **choice).at(1.2)
        values.append(cut.significance.value)
        errors.append(cut.significance.error)
    # The spread of 200 numbers is known to 5 %.
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.15)


def test_scan_with_negative_weights_says_where_it_is_undefined():
    scores = np.arange(40, 0, -1.0)
    signal = np.arange(40) % 2 == 0
    weights = np.ones(40)
    weights[1] = -2
    found = significance_scan(scores, signal, weights, least=2)
    assert np.isnan(found.significance[1])
    assert np.isnan(found.significance_error[1])
    assert found.significance[0] == math.inf
    assert found.to_dict()["significance"][1] is None
    assert math.isfinite(found.best.significance.value)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda s, y: significance_scan(s, y, least=1e6), "no cut keeps 1e"),
        (lambda s, y: significance_scan(s, y, b_reg=-1), "b_reg=.*not negative"),
        (lambda s, y: significance_scan(s, y).at(99.0), "no event has a score"),
        (lambda s, y: significance_scan(s, y).thinned(1), "at least 2"),
        (
            lambda s, y: significance_scan(s, y, b_reg=1, relative_sigma_b=1),
            "give one",
        ),
        (lambda s, y: classifier_two_sample_test(s, 2 * y), "labels=.*ones and zeros"),
        (lambda s, y: classifier_two_sample_test(s, y > 2), "no label-1 event"),
        (lambda s, y: classifier_two_sample_test(s, y, threshold=math.nan), "thresh"),
        (lambda s, y: classifier_two_sample_test(s, y, permutations=-1), "permutat"),
        (lambda s, y: kolmogorov_smirnov_two_samples(s, []), "b=.*at least one"),
        (lambda s, y: kolmogorov_smirnov_two_samples(s, s, [1.0]), "weights_a=.*shape"),
        (
            lambda s, y: kolmogorov_smirnov_two_samples(s, s, -y),
            "`a` sum to -161",
        ),
    ],
)
def test_wrong_tests_are_told(call, told):
    scores, signal, _ = sample()
    with pytest.raises(LikelyError, match=told):
        call(scores, signal.astype(int))
