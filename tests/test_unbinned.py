"""Goodness of fit without bins: against SciPy, closed forms, and known models."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import cdist

import likely as lk
from likely.core import LikelyError
from likely.stats import (
    anderson_darling_test,
    kolmogorov_smirnov_test,
    likelihood_test,
    mixed_sample_limit,
    mixed_sample_test,
    point_to_point_test,
)
from likely.stats.unbinned.mixed_sample import SameSample
from likely.stats.unbinned.outcome import UnbinnedTest
from likely.stats.unbinned.point_to_point import Dissimilarity
from likely.stats.unbinned.two_samples import Options

M = lk.Observable("m", 5, 7)
T = lk.Observable("t", 0, 4)
TRUTH = stats.truncnorm(-8 / 3, 4.0, loc=5.8, scale=0.3)


def gauss(*, free=True):
    mu = lk.Parameter("mu", 5.8, 5, 7, fixed=not free)
    return lk.distributions.Gauss(M, mu, lk.Parameter("s", 0.3, 0.1, 1, fixed=True))


def drawn(n=300, seed=0):
    return TRUTH.rvs(n, random_state=seed)


@pytest.fixture(scope="module")
def known():
    """A fit without free parameters, whose p-values SciPy knows."""
    return lk.fit(gauss(free=False), drawn())


@pytest.fixture(scope="module")
def fitted():
    return lk.fit(gauss(), drawn())


@pytest.fixture(scope="module")
def plane():
    """A fit in two dimensions, and one whose model is wrong in a corner."""
    density = lk.distributions.Product([gauss(free=False), lk.distributions.Uniform(T)])
    rng = np.random.default_rng(0)
    x = np.stack([drawn(400), rng.uniform(0, 4, 400)], 1)
    correlated = x.copy()
    correlated[:, 1] = np.clip(2 + 3 * (x[:, 0] - 5.8) + rng.normal(0, 0.5, 400), 0, 4)
    return lk.fit(density, x), lk.fit(density, correlated)


# ---- one dimension ---------------------------------------------------------------


def test_kolmogorov_smirnov_is_that_of_scipy(known):
    test = kolmogorov_smirnov_test(known, toys=2000)
    theirs = stats.kstest(drawn(), TRUTH.cdf)
    assert test.statistic == pytest.approx(theirs.statistic, abs=1e-9)
    assert abs(test.p_value - theirs.pvalue) < 4 * test.p_value_error
    # The distances of the toys are those that Kolmogorov's distribution says.
    exact = stats.kstwo(300).cdf
    assert stats.kstest(test.reference, exact).pvalue > 1e-3


def test_anderson_darling_is_its_formula(known):
    test = anderson_darling_test(known, toys=300)
    u = np.sort(TRUTH.cdf(drawn()))
    i = np.arange(1, 301)
    direct = -300 - np.mean((2 * i - 1) * (np.log(u) + np.log1p(-u[::-1])))
    assert test.statistic == pytest.approx(direct, rel=1e-8)
    theirs = stats.goodness_of_fit(
        stats.uniform,
        u,
        known_params={"loc": 0, "scale": 1},
        statistic="ad",
        n_mc_samples=2000,
        rng=np.random.default_rng(0),
    )
    assert test.statistic == pytest.approx(theirs.statistic, rel=1e-8)
    spread = np.hypot(test.p_value_error, 0.5 / np.sqrt(2000))
    assert abs(test.p_value - theirs.pvalue) < 4 * spread


def test_fitted_parameters_make_distances_smaller(known, fitted):
    """Lilliefors: refitted toys know it, the tables of Kolmogorov do not."""
    test = kolmogorov_smirnov_test(fitted, toys=500)
    median = np.median(test.reference)
    assert median < 0.85 * stats.kstwo(300).median()
    assert test.n_failed == 0


def test_a_wrong_model_is_seen():
    """A peak that the model does not have, in each of the tests that see it."""
    rng = np.random.default_rng(0)
    data = np.concatenate([rng.normal(5.8, 0.1, 80), rng.uniform(5, 7, 200)])
    slope = lk.Parameter("slope", -0.1, -5, 5)
    result = lk.fit(lk.distributions.Exponential(M, slope), data)
    for test in (kolmogorov_smirnov_test, anderson_darling_test):
        assert test(result, toys=300).p_value < 0.01
    # Heinrich's point: the likelihood of an exponential knows the mean, and no more.
    blind = likelihood_test(result, toys=300)
    assert blind.p_value > 0.05
    assert "physics/0310167" in blind.notes[0]


def test_the_likelihood_is_that_of_an_event(known):
    test = likelihood_test(known, toys=200)
    direct = -2 * TRUTH.logpdf(drawn()).mean()
    assert test.statistic == pytest.approx(direct, rel=1e-9)
    # Of toys, its mean is twice the entropy of the density.
    error = test.reference.std() / np.sqrt(200)
    assert abs(test.reference.mean() - 2 * TRUTH.entropy()) < 4 * error


# ---- any dimension ---------------------------------------------------------------


@pytest.mark.parametrize("width", [None, 0.7])
def test_the_dissimilarity_is_its_formula(width):
    """Sums over all pairs at once, of more points than a block."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(700, 3)), rng.normal(0.2, 1, size=(500, 3))

    def psi(a, b):
        r = cdist(a, b)
        if width is None:
            with np.errstate(divide="ignore"):
                return -np.log(r)
        return np.exp(-0.5 * (r / width) ** 2)

    def pairs(a):
        return psi(a, a)[np.triu_indices(len(a), 1)].sum()

    direct = pairs(x) / (700 * 699) + pairs(y) / (500 * 499)
    direct -= psi(x, y).sum() / (700 * 500)
    points = np.concatenate([x, y])
    first = np.arange(1200) < 700
    swapped = rng.permutation(first)
    found = Dissimilarity(width).values(points, np.stack([first, swapped], 1))
    assert found[0] == pytest.approx(direct, rel=1e-6, abs=1e-10)
    assert abs(found[1]) < 0.2 * abs(found[0]) + 1e-3


def test_the_mixed_sample_counts_neighbours():
    rng = np.random.default_rng(1)
    points = rng.normal(size=(60, 2))
    first = np.arange(60) < 20
    near = np.argsort(cdist(points, points) + np.diag(np.full(60, np.inf)), axis=1)
    T = (first[near[:, :4]] == first[:, None]).mean()
    (found,) = SameSample(4).values(points, first[:, None])
    assert found == pytest.approx(T - (20 * 19 + 40 * 39) / (60 * 59), abs=1e-12)


def test_coinciding_points_have_neighbours():
    points = np.zeros((40, 2))
    first = np.arange(40) < 20
    (found,) = SameSample(5).values(points, first[:, None])
    assert np.isfinite(found)
    assert np.isfinite(Dissimilarity().values(points, first[:, None])).all()


def test_mean_and_variance_of_the_mixed_sample():
    r"""Those of random labels on a graph, and their limit.

    With $p$ the part of neighbours that are mutual, and $v$ the variance over $k$ of
    how often a point is a neighbour, $\sigma^2 N k = 4 a^2 b^2 (1 + p) + ab\,(a -
    b)^2 v$ for parts $a$ and $b$. The limit is that of $p = v = 1$.
    """
    rng = np.random.default_rng(2)
    for n, m, k in ((300, 600, 30), (400, 400, 5)):
        points = rng.normal(size=(n + m, 3))
        first = np.arange(n + m) < n
        labels = np.stack([rng.permutation(first) for _ in range(2000)], axis=1)
        found = SameSample(k).values(points, labels)
        near = np.argsort(cdist(points, points), axis=1)[:, 1 : k + 1]
        graph = np.zeros((n + m, n + m))
        np.put_along_axis(graph, near, 1.0, axis=1)
        p = (graph * graph.T).sum() / graph.sum()
        v = graph.sum(axis=0).var() / k
        a, b = n / (n + m), m / (n + m)
        exact = 4 * a**2 * b**2 * (1 + p) + a * b * (a - b) ** 2 * v
        exact = np.sqrt(exact / ((n + m) * k))
        assert abs(found.mean()) < 4 * exact / np.sqrt(2000)
        assert found.std() == pytest.approx(exact, rel=0.07)
        mean, sigma = mixed_sample_limit(n, m, k)
        assert mean == pytest.approx(a**2 + b**2, abs=1e-3)
        limit = 8 * a**2 * b**2 + a * b * (a - b) ** 2
        assert sigma == pytest.approx(np.sqrt(limit / ((n + m) * k)))
        assert 0.7 < exact / sigma < 1.1


def test_two_dimensions(plane):
    """Both margins are right, and only the correlation is wrong."""
    right, wrong = plane
    for test in (point_to_point_test, mixed_sample_test):
        assert test(right, permutations=100, sample=1000).p_value > 0.01
        assert test(wrong, permutations=100, sample=1000).p_value == 1 / 101
    outcome = mixed_sample_test(right, permutations=20, sample=1000)
    assert outcome.limit is not None
    assert outcome.by == "permutations"
    assert "permutations" in outcome.message


def test_refitted_toys_in_place_of_permutations(fitted):
    outcome = mixed_sample_test(fitted, toys=12, sample=300)
    assert len(outcome.reference) == 12
    assert outcome.by == "toys"
    permuted = mixed_sample_test(fitted, permutations=12, sample=300)
    assert outcome.statistic == permuted.statistic
    assert "if anything, too large" in permuted.notes[0]
    assert outcome.notes == ()


def test_a_seed_is_a_result(fitted):
    first = point_to_point_test(fitted, permutations=20, seed=5, sample=300)
    again = point_to_point_test(fitted, permutations=20, seed=5, sample=300)
    np.testing.assert_array_equal(first.reference, again.reference)
    other = point_to_point_test(fitted, permutations=20, seed=6, sample=300)
    assert other.statistic != first.statistic


# ---- outcomes and errors ---------------------------------------------------------


def test_p_values_count_the_data():
    reference = np.array([1.0, 2.0, 3.0, np.nan])
    outcome = UnbinnedTest.of("test", 2.0, reference, 10)
    assert outcome.p_value == 3 / 4
    assert outcome.n_failed == 1
    assert outcome.to_dict()["n_toys"] == 4
    none = UnbinnedTest.of("test", 2.0, np.full(3, np.nan), 10)
    assert "all 3 toys failed" in none.message
    assert none.to_dict()["p_value"] is None


def test_the_size_of_the_sample():
    assert Options(1, 0, None, 0).sample_size(500) == 5000
    assert Options(1, 0, None, 0).sample_size(5000) == 20_000
    assert Options(1, 0, None, 0).sample_size(50_000) == 50_000
    assert Options(1, 0, 77, 0).sample_size(500) == 77


TESTS = (
    likelihood_test,
    kolmogorov_smirnov_test,
    anderson_darling_test,
    point_to_point_test,
    mixed_sample_test,
)


@pytest.mark.parametrize("test", TESTS, ids=lambda t: t.__name__)
def test_weighted_events_are_refused(test):
    data = lk.Dataset.of({"m": drawn()}, weights=np.full(300, 2.0))
    with pytest.raises(LikelyError, match="weighted.*chi-square"):
        test(lk.fit(gauss(), data))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda r: kolmogorov_smirnov_test(r, toys=0), "toys.*at least 1"),
        (lambda r: point_to_point_test(r, width=-1.0), "width"),
        (lambda r: point_to_point_test(r, permutations=0), "permutations"),
        (lambda r: point_to_point_test(r, sample=1), "sample"),
        (lambda r: mixed_sample_test(r, neighbours=0), "neighbours"),
        (lambda r: mixed_sample_test(r, neighbours=700), "too many for 300"),
    ],
)
def test_wrong_inputs_are_told(fitted, call, says):
    with pytest.raises(LikelyError, match=says):
        call(fitted)


def test_orders_need_one_dimension(plane):
    with pytest.raises(LikelyError, match="for one observable"):
        anderson_darling_test(plane[0])


# ---- uniform where the model is true ---------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("test", TESTS, ids=lambda t: t.__name__)
def test_p_values_are_uniform_where_the_model_is_true(test):
    """Of 120 data sets of the fitted model each; KS of the p-values."""
    options = (
        {"toys": 99}
        if test in TESTS[:3]
        else {"toys": 0, "permutations": 99, "sample": 200}
    )
    # Permutations know no fitted parameter, so there is none for them.
    free = test in TESTS[:3]
    found = []
    for seed in range(120):
        result = lk.fit(gauss(free=free), drawn(200, seed))
        found.append(test(result, seed=seed, **options).p_value)
    p = np.array(found)
    # p-values are multiples of 1/100: spread them over their steps.
    p = p - np.random.default_rng(0).uniform(size=len(p)) / 100
    assert stats.kstest(p, "uniform").pvalue > 1e-3
