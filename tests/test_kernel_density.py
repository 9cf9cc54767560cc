"""Kernel densities: against the direct sum, SciPy, and the laws of a density."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
import scipy.interpolate
import scipy.stats

import likely as lk
from likely.core import LikelyError, Observable, Parameter
from likely.distributions import Exponential, KernelDensity, Sum
from likely.distributions.templates.kernel_sums import condensed
from likely.stats import projection

MASS = Observable("mass", 60.0, 120.0, "GeV")


def sample_of(n, seed=1):
    """Return a peak on a falling background that does not vanish at the edges."""
    rng = np.random.default_rng(seed)
    peak = rng.normal(91.0, 2.0, n // 2)
    background = 60.0 + rng.exponential(25.0, n - n // 2)
    both = np.concatenate([peak, background])
    return rng.permutation(both[(both > 60) & (both < 120)])


def direct(sample, x, *, weights=None, bandwidth=1.0, adaptive, mirror):
    """Return the density as it is defined, with no table and no cell."""
    w = np.ones(len(sample)) if weights is None else weights
    n = w.sum() ** 2 / (w**2).sum()
    spread = np.cov(sample, aweights=w) if (w > 0).all() else _spread(sample, w)
    h = np.full(len(sample), bandwidth * (4 / 3 / n) ** 0.2 * np.sqrt(spread))
    images = (sample, 120.0 - sample, 240.0 - sample) if mirror else (sample,)

    def density(x, h):
        each = [scipy.stats.norm.pdf(x[:, None], c, h) @ w for c in images]
        return np.sum(each, axis=0) / w.sum()

    if adaptive:
        pilot = density(sample, h)
        h = h * np.sqrt(np.exp(np.average(np.log(pilot), weights=w)) / pilot)
    return density(x, h)


def _spread(x, w):
    n = w.sum() ** 2 / (w**2).sum()
    mean = np.average(x, weights=w)
    return np.average((x - mean) ** 2, weights=w) * n / (n - 1)


@jax.jit
def densities(shape, x):
    return jnp.exp(jax.vmap(shape.log_prob)(x[:, None]))


@jax.jit
def integrals(shape, lower, upper):
    return jnp.exp(jax.vmap(shape.log_integral)(lower, upper))


X = np.linspace(60.0, 120.0, 241)


@pytest.mark.parametrize("adaptive", [False, True])
@pytest.mark.parametrize("n", [50, 3000])
def test_equals_the_direct_sum(n, adaptive):
    sample = sample_of(n)
    got = densities(KernelDensity(MASS, sample, adaptive=adaptive), X)
    expected = direct(sample, X, adaptive=adaptive, mirror=True)
    # What the images of images of the widest kernels add, beside the interpolation.
    np.testing.assert_allclose(got, expected, atol=1e-6 * expected.max(), rtol=1e-6)


def test_many_events_in_cells_equal_the_direct_sum():
    sample = sample_of(20_000)
    weights = np.random.default_rng(3).uniform(0.5, 1.5, len(sample))
    expected = direct(sample, X[::6], weights=weights, adaptive=False, mirror=True)
    got = densities(KernelDensity(MASS, sample, weights, adaptive=False), X[::6])
    assert len(condensed(sample, weights, 1.0)[0]) < 1500
    np.testing.assert_allclose(got, expected, atol=1e-6 * expected.max())


@pytest.mark.parametrize("weighted", [False, True])
def test_a_fixed_width_without_folding_is_that_of_scipy(weighted):
    rng = np.random.default_rng(5)
    sample = rng.normal(90.0, 4.0, 500)
    weights = rng.uniform(0.0, 2.0, 500) if weighted else None
    other = scipy.stats.gaussian_kde(sample, "silverman", weights=weights)
    shape = KernelDensity(MASS, sample, weights, adaptive=False, boundary="none")
    expected = other(X) / other.integrate_box_1d(60.0, 120.0)
    np.testing.assert_allclose(
        densities(shape, X), expected, atol=1e-6 * expected.max()
    )


def test_integrals_are_sums_of_error_functions():
    sample = sample_of(400)
    shape = KernelDensity(MASS, sample, adaptive=False, boundary="none")
    width = (4 / 3 / 400) ** 0.2 * sample.std(ddof=1) * (400 / len(sample)) ** 0.2

    def cdf(x):
        return scipy.stats.norm.cdf(np.asarray(x)[:, None], sample, width).mean(axis=1)

    edges = np.array([60.0, 60.001, 75.3, 90.0, 90.01, 91.0, 119.0, 120.0])
    (all_of_it,) = cdf([120.0]) - cdf([60.0])
    got = integrals(shape, edges[:-1], edges[1:])
    np.testing.assert_allclose(got, np.diff(cdf(edges)) / all_of_it, rtol=1e-5)
    assert float(integrals(shape, edges[:1], edges[-1:])[0]) == pytest.approx(1)


@pytest.fixture(scope="module")
def shape():
    return KernelDensity(MASS, sample_of(2000))


def test_its_integrals_are_those_of_its_density(shape):
    # SciPy's cubic through the same knots.
    knots = shape.start + shape.step * np.arange(len(shape.curve))
    spline = scipy.interpolate.CubicHermiteSpline(knots, *np.asarray(shape.curve).T)
    x = np.random.default_rng(2).uniform(60, 120, 200)
    np.testing.assert_allclose(densities(shape, x), spline(x), rtol=1e-10)
    for lower, upper in ((60, 120), (70.1, 70.2), (70.1, 70.1001), (88.0, 119.9)):
        expected = spline.integrate(lower, upper)
        got = integrals(shape, jnp.array([lower * 1.0]), jnp.array([upper * 1.0]))
        assert float(got[0]) == pytest.approx(expected, rel=1e-9)
    total, _ = scipy.integrate.quad(spline, 60, 120, limit=500)
    assert total == pytest.approx(1, abs=1e-6)


def test_integral_of_an_empty_interval_is_zero(shape):
    assert float(shape.log_integral(80.0, 80.0)) == -np.inf
    assert float(shape.log_prob(jnp.array([59.0]))) == -np.inf


def test_samples_follow_the_density(shape):
    events = np.asarray(shape.samples(jax.random.key(3), 20_000))[:, 0]
    assert ((events >= 60) & (events <= 120)).all()
    uniform = integrals(shape, jnp.full(20_000, 60.0), jnp.asarray(events))
    assert scipy.stats.kstest(np.asarray(uniform), "uniform").pvalue > 1e-3


def test_small_probabilities_keep_their_digits():
    # Between two far peaks and behind them, 1e-9 and less of the whole.
    sample = np.array([70.0, 70.2, 110.0, 110.2])
    shape = KernelDensity(MASS, sample, bandwidth=0.1, adaptive=False, boundary="none")
    knots = shape.start + shape.step * np.arange(len(shape.curve))
    spline = scipy.interpolate.CubicHermiteSpline(knots, *np.asarray(shape.curve).T)
    for lower, upper in ((60.0, 62.0), (80.0, 81.0), (117.0, 120.0)):
        got = integrals(shape, jnp.array([lower]), jnp.array([upper]))[0]
        fine = np.linspace(lower, upper, 2001)
        expected = np.trapezoid(spline(fine), fine)
        assert 0 < float(got) < 1e-4
        assert float(got) == pytest.approx(expected, rel=1e-4)


def test_negative_weights():
    rng = np.random.default_rng(8)
    sample = np.concatenate([rng.uniform(60, 120, 900), rng.normal(90, 10, 100)])
    weights = np.where(np.arange(1000) < 900, 1.0, -0.5)
    shape = KernelDensity(MASS, sample, weights)
    # The direct sum takes its widths from events of both signs, too.
    expected = direct(sample, X, weights=weights, adaptive=True, mirror=True)
    np.testing.assert_allclose(
        densities(shape, X), expected, atol=2e-6 * expected.max()
    )


def test_weights_that_make_a_negative_density_are_refused():
    sample = np.append(np.linspace(60, 80, 200), 110.0)
    weights = np.append(np.ones(200), -1.0)
    for adaptive in (True, False):
        with pytest.raises(LikelyError, match="negative"):
            KernelDensity(MASS, sample, weights, adaptive=adaptive)


def test_a_fit_and_its_projection():
    shape = KernelDensity(MASS, sample_of(5000, seed=4))
    n, b = Parameter("n", 500.0, 0, 5000), Parameter("b", 500.0, 0, 5000)
    model = Sum({"mc": shape, "flat": Exponential(MASS, 0.0)}, yields=[n, b])
    truth = Sum({"mc": shape, "flat": Exponential(MASS, 0.0)}, yields=[1500.0, 500.0])
    events = truth.samples(jax.random.key(5), 2000)
    result = lk.fit(model, np.asarray(events))
    assert result.ok
    assert abs(result["n"].value - 1500) < 3 * result["n"].error
    drawn = projection(result, "mass", bins=30)
    assert drawn.components["mc"].sum() == pytest.approx(result["n"].value, rel=1e-9)


def test_is_written_and_read(tmp_path, shape):
    lk.save(shape, tmp_path / "model.json")
    again = lk.load(tmp_path / "model.json")
    np.testing.assert_array_equal(densities(again, X), densities(shape, X))


WRONG = {
    "must be an Observable": lambda: KernelDensity("mass", [1.0, 2.0]),
    "column of numbers": lambda: KernelDensity(MASS, [["a"]]),
    "event 1 is nan": lambda: KernelDensity(MASS, [70.0, np.nan]),
    "as many weights; got 1": lambda: KernelDensity(MASS, [70.0, 80.0], [1.0]),
    "two different values": lambda: KernelDensity(MASS, [70.0, 70.0]),
    "[60, 120], with weights that sum to 1": lambda: KernelDensity(MASS, [70.0, 1.0]),
    "did you mean `mirror`": lambda: KernelDensity(MASS, [1.0], boundary="miror"),
    "a positive number; got 0": lambda: KernelDensity(MASS, [70.0, 80.0], bandwidth=0),
    "narrower range": lambda: KernelDensity(MASS, [70.0, 70.001, 80.0], bandwidth=1e-5),
    "no kernel reaches": lambda: KernelDensity(MASS, [1.0, 2.0], boundary="none"),
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_argument_says_so(message):
    with pytest.raises(LikelyError) as error:
        WRONG[message]()
    assert message in str(error.value)
