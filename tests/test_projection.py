"""Intervals of bins, projections of models and their chi-square."""

from types import SimpleNamespace

import numpy as np
import pytest
import scipy.stats

import likely as lk
from likely.core import Estimate, LikelyError, Observable, Parameter, Result, Status
from likely.distributions import Exponential, Gauss, Product, Sum
from likely.stats import (
    Projection,
    component_curves,
    garwood,
    goodness_of_fit,
    projection,
)

MASS = Observable("mass", 60.0, 120.0, unit="GeV")
TIME = Observable("time", 0.0, 5.0, unit="ps")
MU, SIGMA, SLOPE = 91.0, 2.5, -0.04


def made_by_hand(model, events, weights=None):
    events = np.atleast_2d(np.asarray(events, float))
    total = events.shape[1] if weights is None else float(np.sum(weights))
    return Result(
        Status(True, "made by hand"),
        (Estimate("mu", MU, 0.1),),
        (),
        np.eye(1),
        ("mu",),
        0.0,
        events.shape[1],
        float(total),
        model=model,
        objective=SimpleNamespace(events=events, weights=weights),
    )


def gauss():
    return Gauss(MASS, Parameter("mu", MU, 85.0, 95.0), SIGMA)


def exponential():
    return Exponential(MASS, SLOPE)


def gauss_in(edges):
    z = (np.asarray(edges) - MU) / SIGMA
    cdf, sf = scipy.stats.norm.cdf(z), scipy.stats.norm.sf(z)
    # Above the peak differences of the CDF lose the digits that the other tail keeps.
    parts = np.where(z[:-1] > 0, -np.diff(sf), np.diff(cdf))
    return parts / (cdf[-1] - cdf[0])


def exponential_in(edges):
    cdf = np.expm1(SLOPE * (np.asarray(edges) - MASS.lower))
    return np.diff(cdf) / cdf[-1]


@pytest.fixture
def rng():
    return np.random.default_rng(20)


# ---- intervals -----------------------------------------------------------------


@pytest.mark.parametrize("level", [0.5, 0.6826894921370859, 0.95])
def test_garwood_is_the_chi_square_interval(level):
    n = np.array([1.0, 2.0, 7.0, 100.0, 12345.0])
    lower, upper = garwood(n, level=level)
    tail = 0.5 * (1 - level)
    np.testing.assert_allclose(lower, scipy.stats.chi2.ppf(tail, 2 * n) / 2, rtol=1e-12)
    np.testing.assert_allclose(
        upper, scipy.stats.chi2.isf(tail, 2 * n + 2) / 2, rtol=1e-12
    )


def test_garwood_of_few_events_as_tabulated():
    # Particle Data Group, Review of Particle Physics, table of 90 % central limits.
    lower, upper = garwood(np.array([0, 1, 2, 5]), level=0.9)
    np.testing.assert_allclose(lower, [0, 0.051, 0.355, 1.970], atol=6e-4)
    np.testing.assert_allclose(upper, [2.996, 4.744, 6.296, 10.513], atol=6e-4)


def test_garwood_covers():
    n = np.arange(200)
    lower, upper = garwood(n)
    for mean in np.linspace(0.05, 60, 77):
        covered = (lower <= mean) & (mean <= upper)
        assert scipy.stats.poisson.pmf(n, mean)[covered].sum() >= 0.6826


def test_equal_weights_scale_the_interval_of_the_count():
    n = np.array([0.0, 1.0, 4.0, 30.0])
    plain, scaled = garwood(n), garwood(0.25 * n, 0.0625 * n)
    np.testing.assert_allclose(scaled, 0.25 * np.array(plain), rtol=1e-12)


def test_a_negative_sum_of_weights_has_a_normal_interval():
    lower, upper = garwood([-2.0, 5.0], [4.0, 5.0], level=0.95)
    z = scipy.stats.norm.ppf(0.975)
    assert (lower[0], upper[0]) == pytest.approx((-2 - 2 * z, -2 + 2 * z))
    assert lower[1] < 5 < upper[1]


def test_an_empty_bin_has_the_scale_of_the_others():
    _, upper = garwood([0.0, 10.0], [0.0, 20.0])
    assert upper[0] == pytest.approx(2.0 * garwood([0])[1][0])
    assert garwood([0.0], [0.0])[1][0] == pytest.approx(garwood([0])[1][0])


@pytest.mark.parametrize(
    ("arguments", "options", "says"),
    [
        (([1.0],), {"level": 1.0}, "between 0 and 1; got 1.0"),
        (([-1.0],), {}, "never negative; got -1.0"),
        (([1.0, 2.0], [1.0]), {}, "each of the 2 bins"),
        (([1.0], [-1.0]), {}, "not negative"),
    ],
)
def test_garwood_refuses(arguments, options, says):
    with pytest.raises(LikelyError, match=says):
        garwood(*arguments, **options)


# ---- projections ---------------------------------------------------------------


def test_extended_sum_by_components(rng):
    model = Sum({"zed": gauss(), "continuum": exponential()}, yields=[900.0, 300.0])
    events = rng.uniform(60, 120, 1000)
    events[:2] = 60, 120
    p = projection(made_by_hand(model, events), "mass", bins=37)
    edges = np.linspace(60, 120, 38)
    np.testing.assert_array_equal(p.edges, edges)
    np.testing.assert_array_equal(p.counts, np.histogram(events, edges)[0])
    assert p.counts.sum() == 1000
    np.testing.assert_array_equal(p.variances, p.counts)
    np.testing.assert_array_equal(p.entries, p.counts)
    assert list(p.components) == ["zed", "continuum"]
    np.testing.assert_allclose(p.components["zed"], 900 * gauss_in(edges), rtol=1e-9)
    np.testing.assert_allclose(
        p.components["continuum"], 300 * exponential_in(edges), rtol=1e-9
    )
    np.testing.assert_allclose(p.expected, sum(p.components.values()))
    assert p.extended
    assert not p.weighted


def test_fractions_are_of_the_sum_of_weights(rng):
    model = Sum({"a": gauss(), "b": exponential()}, fractions=[Parameter("f", 0.3)])
    events, weights = rng.uniform(60, 120, 50), rng.normal(1, 1, 50)
    p = projection(made_by_hand(model, events, weights), "mass", bins=5)
    assert p.components["a"].sum() == pytest.approx(0.3 * weights.sum())
    assert p.expected.sum() == pytest.approx(weights.sum())
    np.testing.assert_allclose(
        p.counts, np.histogram(events, p.edges, weights=weights)[0]
    )
    np.testing.assert_allclose(
        p.variances, np.histogram(events, p.edges, weights=weights**2)[0]
    )
    assert p.weighted
    assert not p.extended


def test_a_product_projects_on_its_factor(rng):
    decay = Exponential(TIME, -1.0)
    inner = Sum({"x": gauss(), "y": exponential()}, fractions=[0.25])
    model = Sum(
        {"s": Product([inner, decay]), "b": Product([decay, exponential()])},
        yields=[100.0, 50.0],
    )
    events = np.array([rng.uniform(60, 120, 80), rng.uniform(0, 5, 80)])
    result = made_by_hand(model, events)
    mass, time = projection(result, "mass", bins=10), projection(result, "time", bins=4)
    mixture = 0.25 * gauss_in(mass.edges) + 0.75 * exponential_in(mass.edges)
    np.testing.assert_allclose(mass.components["s"], 100 * mixture, rtol=1e-9)
    np.testing.assert_allclose(
        mass.components["b"], 50 * exponential_in(mass.edges), rtol=1e-9
    )
    decayed = -np.diff(np.exp(-time.edges)) / (1 - np.exp(-5.0))
    np.testing.assert_allclose(time.expected, 150 * decayed, rtol=1e-9)
    np.testing.assert_array_equal(
        time.counts, np.histogram(events[1], time.edges)[0].astype(float)
    )


def test_a_single_shape_is_its_own_component():
    p = projection(made_by_hand(gauss(), [90.0, 91.0, 92.0]), "mass", bins=3)
    assert list(p.components) == ["gauss"]
    assert p.expected.sum() == pytest.approx(3.0)


def test_curves_are_the_densities_times_the_events():
    model = Sum({"a": gauss(), "b": exponential()}, yields=[900.0, 300.0])
    x = np.array([60.0, 75.5, 91.0, 120.0])
    curves = component_curves(made_by_hand(model, [91.0]), "mass", x)
    density = scipy.stats.norm.pdf(x, MU, SIGMA)
    inside = np.diff(scipy.stats.norm.cdf([60, 120], MU, SIGMA))
    np.testing.assert_allclose(curves["a"], 900 * density / inside, rtol=1e-9)
    norm = (np.exp(SLOPE * 120) - np.exp(SLOPE * 60)) / SLOPE
    np.testing.assert_allclose(curves["b"], 300 * np.exp(SLOPE * x) / norm, rtol=1e-9)


@pytest.mark.parametrize(
    ("name", "bins", "says"),
    [
        ("mas", 10, "no observable `mas`: did you mean `mass`"),
        ("mass", 0, "positive whole number; got 0"),
        ("mass", True, "positive whole number; got True"),
    ],
)
def test_projection_refuses(name, bins, says):
    with pytest.raises(LikelyError, match=says):
        projection(made_by_hand(gauss(), [91.0]), name, bins=bins)


def test_a_result_without_events_says_so():
    with pytest.raises(LikelyError, match="holds no model or no events"):
        projection(made_by_hand(None, [91.0]), "mass")


# ---- chi-square ----------------------------------------------------------------


def binned(expected, counts, variances=None, entries=None, *, extended=True):
    counts, expected = np.asarray(counts, float), np.asarray(expected, float)
    edges = np.linspace(0, 1, len(counts) + 1)
    return Projection(
        Observable("x", 0.0, 1.0),
        edges,
        counts,
        counts if variances is None else np.asarray(variances, float),
        counts if entries is None else np.asarray(entries, float),
        expected,
        {"all": expected},
        extended=extended,
        weighted=variances is not None,
    )


def test_pearson_against_scipy(rng):
    expected = rng.uniform(20, 50, 12)
    counts = rng.poisson(expected)
    expected *= counts.sum() / expected.sum()
    chi2, p_value = scipy.stats.chisquare(counts, expected)
    found = goodness_of_fit(binned(expected, counts, extended=False), 0)
    assert found.chi2 == pytest.approx(chi2)
    assert found.ndof == 11
    assert found.p_value == pytest.approx(p_value)
    pulls = binned(expected, counts).pulls
    assert np.sum(pulls**2) == pytest.approx(chi2)


def test_bins_merge_until_they_expect_five():
    p = binned([1, 2, 2, 6, 1, 1, 1], [2, 2, 2, 6, 0, 0, 1])
    merged = scipy.stats.chisquare([6, 7], [5, 9], sum_check=False)
    found = goodness_of_fit(p, 1)
    assert found.chi2 == pytest.approx(merged.statistic)
    assert found.ndof == 1


@pytest.mark.parametrize(
    ("n_free", "extended", "ndof"), [(1, True, 1), (1, False, 0), (2, True, 0)]
)
def test_degrees_of_freedom(n_free, extended, ndof):
    found = goodness_of_fit(binned([10, 10], [12, 9], extended=extended), n_free)
    assert found.ndof == ndof
    assert found.chi2 == pytest.approx(0.5)
    assert np.isnan(found.p_value) == (ndof == 0)


def test_too_few_events_have_no_chi_square():
    found = goodness_of_fit(binned([1, 1], [0, 1]), 1)
    assert np.isnan(found.chi2)
    assert np.isnan(found.p_value)


def test_weights_of_one_change_nothing():
    counts, expected = [12, 15, 20, 11], [14, 14, 18, 12]
    plain = goodness_of_fit(binned(expected, counts), 1)
    unit = goodness_of_fit(binned(expected, counts, counts, counts), 1)
    assert unit.chi2 == pytest.approx(plain.chi2)
    assert unit.ndof == plain.ndof


PEAK = 40 * np.exp(-0.5 * ((np.arange(60) - 30) / 3) ** 2)
SHAPE = PEAK + 5 * np.exp(-np.arange(60) / 20) + 0.3


def _counted(rng):
    counts = rng.poisson(SHAPE)
    return binned(SHAPE, counts)


def _weighted(draw, mean):
    def toy(rng):
        entries = rng.poisson(SHAPE)
        weights = draw(rng, entries.sum())
        where = np.repeat(np.arange(60), entries)
        counts = np.bincount(where, weights, 60)
        variances = np.bincount(where, weights**2, 60)
        return binned(mean * SHAPE, counts, variances, entries)

    return toy


TOYS = {
    "counts": _counted,
    "positive": _weighted(lambda rng, n: rng.gamma(2.0, 0.25, n), 0.5),
    "negative": _weighted(lambda rng, n: rng.choice([0.4, 0.4, 0.4, -0.4], n), 0.2),
}


@pytest.mark.parametrize("toy", TOYS.values(), ids=TOYS.keys())
def test_p_values_of_the_truth_are_uniform(toy, rng):
    found = [goodness_of_fit(toy(rng), 0) for _ in range(600)]
    below = [np.mean([f.p_value < cut for f in found]) for cut in (0.05, 0.5)]
    # Three binomial errors, and two per cent for the discreteness of small counts.
    assert below[0] == pytest.approx(0.05, abs=0.027 + 0.02)
    assert below[1] == pytest.approx(0.5, abs=0.061 + 0.02)


@pytest.mark.parametrize("toy", TOYS.values(), ids=TOYS.keys())
def test_pulls_of_the_truth_have_unit_width(toy, rng):
    pulls = np.array([toy(rng).pulls for _ in range(400)])
    inside = pulls[:, 24:37]
    assert inside.mean() == pytest.approx(0.0, abs=0.1)
    assert inside.std() == pytest.approx(1.0, abs=0.06)
    assert np.isfinite(pulls).all()
    assert np.abs(pulls).max() < 12


def test_the_front_door_reaches_it():
    assert lk.stats.projection is projection
