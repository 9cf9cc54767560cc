"""Numerical smearing, against closed forms and SciPy's quadrature."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
import scipy.stats

import likely as lk
from likely.core import LikelyError, Observable, Parameter
from likely.distributions import (
    BreitWigner,
    Convolution,
    CrystalBall,
    Exponential,
    ExponentiallyModifiedGauss,
    FormulaShape,
    Gauss,
    PowerLaw,
    Sum,
    Uniform,
    Voigt,
    load,
    normalisation_error,
    save,
)
from likely.fit import Likelihood, Newton

MASS = Observable("mass", 60.0, 120.0, "GeV")
# Deliberately of no meaning: only the formula of a kernel counts.
SHIFT = Observable("shift", 3.0, 4.0, "GeV")
X = np.linspace(60.0, 120.0, 121)


@jax.jit
def log_probs(density, x):
    return jax.vmap(density.log_prob)(x[:, None])


def numbers(density):
    """Return the density with arrays as arguments, so that a class compiles once."""
    return jax.tree.map(lambda a: jnp.asarray(a, float), density)


def smeared(mu, width, sigma):
    return Convolution(BreitWigner(MASS, mu, width), Gauss(SHIFT, 0.0, sigma))


@pytest.mark.parametrize("ratio", [1e-3, 0.1, 1.0, 10.0, 1e3])
@pytest.mark.parametrize("size", [2.0, 0.05])
def test_voigt(ratio, size):
    width, sigma = (size, size / ratio) if ratio > 1 else (size * ratio, size)
    got = log_probs(numbers(smeared(91.2, width, sigma)), X)
    expected = log_probs(numbers(Voigt(MASS, 91.2, width, sigma)), X)
    np.testing.assert_allclose(got, expected, atol=1e-7)


@pytest.mark.parametrize("sigma", [3e-3, 1.0, 200.0])
@pytest.mark.parametrize("kernel", [2e-3, 2.0, 500.0])
def test_gauss_of_a_gauss(sigma, kernel):
    got = Convolution(Gauss(MASS, 91.0, sigma), Gauss(SHIFT, 0.5, kernel))
    expected = Gauss(MASS, 91.5, math.hypot(sigma, kernel))
    expected = np.asarray(log_probs(numbers(expected), X))
    got = np.asarray(log_probs(numbers(got), X))
    near = expected > expected.max() - 30
    assert near.any()
    np.testing.assert_allclose(got[near], expected[near], atol=3e-7)


@pytest.mark.parametrize("sigma", [0.01, 2.0])
def test_exponential_that_starts_inside(sigma):
    truth = Exponential(MASS, -0.3)
    got = Convolution(truth, Gauss(SHIFT, 0.0, sigma), true_range=(75.0, math.inf))
    expected = ExponentiallyModifiedGauss(MASS, 75.0, sigma, 0.3)
    expected = np.asarray(log_probs(numbers(expected), X))
    got = np.asarray(log_probs(numbers(got), X))
    near = expected > expected.max() - 20
    assert near.sum() > 50
    np.testing.assert_allclose(got[near], expected[near], atol=1e-7)


def test_what_has_no_edge_stays_as_it_is():
    """The truth goes on beyond the range, so nothing is lost at its ends."""
    truth = Exponential(MASS, -0.1)
    got = Convolution(truth, Gauss(SHIFT, 0.0, 3.0))
    np.testing.assert_allclose(log_probs(got, X), log_probs(truth, X), atol=1e-8)


def test_box():
    got = Convolution(Uniform(MASS), Gauss(SHIFT, 0.0, 2.0), true_range=(80.0, 100.0))
    edges = (X[:, None] - [80.0, 100.0]) / 2.0
    inside = -np.diff(scipy.stats.norm.cdf(edges), axis=1)[:, 0]
    near = inside > 1e-9
    np.testing.assert_allclose(
        np.asarray(log_probs(got, X))[near], np.log(inside[near] / 20), atol=1e-7
    )


def test_breit_wigner_with_a_crystal_ball_against_quadrature():
    def crystal_ball(t):
        core, d = t / 1.5, -1.2 - t / 1.5
        tail = np.exp(-0.72) * (1 + 1.2 * max(d, 0.0) / 2.5) ** -2.5
        return tail if d > 0 else np.exp(-0.5 * core**2)

    def density(x):
        # Around the peak of the shape and that of the kernel, and from there outwards.
        places = [91.2 + s * 2.5 * k for k in (0, 1, 4, 20, 200, 5e3) for s in (-1, 1)]
        places += [x + 1.8, *(x + s * k for k in (0, 2, 8, 50, 500) for s in (-1, 1))]
        places = np.unique([-1e5, *places, 1e5])

        def integrand(y):
            return scipy.stats.cauchy.pdf(y, 91.2, 1.25) * crystal_ball(x - y)

        pairs = zip(places[:-1], places[1:], strict=True)
        return sum(scipy.integrate.quad(integrand, a, b, epsabs=0)[0] for a, b in pairs)

    kernel = CrystalBall(SHIFT, 0.0, 1.5, 1.2, 2.5)
    got = log_probs(Convolution(BreitWigner(MASS, 91.2, 2.5), kernel), X[::12])
    expected = np.log([density(x) for x in X[::12]])
    # Up to the norm over the range, which is the same for all.
    np.testing.assert_allclose(
        got - got[5], expected - expected[5], rtol=1e-6, atol=1e-6
    )


def test_kernel_of_several_gausses():
    parts = {"a": Gauss(SHIFT, 0.0, 0.5), "b": Gauss(SHIFT, 0.2, 3.0)}
    kernel = Sum(parts | {"c": Gauss(SHIFT, -1.0, 8.0)}, fractions=[0.6, 0.3])
    got = log_probs(Convolution(BreitWigner(MASS, 91.2, 2.5), kernel), X)
    profiles = [
        scipy.special.voigt_profile(X - 91.2 - mu, sigma, 1.25)
        for mu, sigma in ((0.0, 0.5), (0.2, 3.0), (-1.0, 8.0))
    ]
    expected = np.log(np.array([0.6, 0.3, 0.1]) @ np.array(profiles))
    np.testing.assert_allclose(got - got[60], expected - expected[60], atol=1e-7)


def test_samples_follow_the_density():
    density = smeared(91.2, 2.5, 1.5)
    events = np.asarray(density.samples(jax.random.key(1), 4000))[:, 0]
    grid = np.linspace(60, 120, 6001)
    profile = scipy.special.voigt_profile(grid - 91.2, 1.5, 1.25)
    cdf = scipy.integrate.cumulative_trapezoid(profile, grid, initial=0)
    uniform = np.interp(events, grid, cdf / cdf[-1])
    assert scipy.stats.kstest(uniform, "uniform").pvalue > 1e-4


def test_integral_of_any_interval():
    limits = jnp.array([60.0, 88.5, 97.0, 80.0]), jnp.array([75.0, 92.5, 97.01, 80.0])

    @jax.jit
    def integrals(density):
        return jax.vmap(density.log_integral)(*limits) - density.log_norm()

    got = integrals(numbers(smeared(91.2, 2.5, 1.5)))
    expected = integrals(numbers(Voigt(MASS, 91.2, 2.5, 1.5)))
    np.testing.assert_allclose(got[:3], expected[:3], atol=1e-7)
    assert got[3] == -math.inf


MU = Parameter("mu", 91.0, 85, 95)
WIDTH, SIGMA = Parameter("width", 2.0, 0.1, 10), Parameter("sigma", 1.2, 0.1, 10)
F, SLOPE = Parameter("f", 0.6, 0, 1), Parameter("slope", -0.03, -1, 1)


def models():
    """Return a model with a convolution, and the same with the closed form."""
    shapes = smeared(MU, WIDTH, SIGMA), Voigt(MASS, MU, WIDTH, SIGMA)
    background = Exponential(MASS, SLOPE)
    return [Sum({"s": s, "b": background}, fractions=[F]) for s in shapes]


@pytest.fixture(scope="module")
def events():
    truth = Sum(
        {"s": Voigt(MASS, 91.2, 2.5, 1.5), "b": Exponential(MASS, -0.02)},
        fractions=[0.7],
    )
    return np.asarray(truth.samples(jax.random.key(7), 5000))


def test_fit_equals_that_of_the_voigt(events):
    ours, voigt = (lk.fit(m, events, minimiser=Newton(starts=1)) for m in models())
    assert ours.status.ok
    for name, error in voigt.errors.items():
        assert abs(ours.values[name] - voigt.values[name]) < 1e-5 * error
        assert ours.errors[name] == pytest.approx(error, rel=1e-5)


@pytest.mark.parametrize(
    "weighted", [False, pytest.param(True, marks=pytest.mark.slow)]
)
def test_likelihood_and_derivatives_equal_those_of_the_voigt(events, weighted):
    weights = np.random.default_rng(1).normal(1, 0.5, len(events)) if weighted else None
    data = lk.Dataset.of({"mass": events[:, 0]}, weights=weights)
    ours, voigt = (Likelihood().objective(m, data) for m in models())
    x = ours.space.start
    got, expected = ours.derivatives(x), voigt.derivatives(x)
    assert got.value == pytest.approx(expected.value, abs=1e-6)
    scale = np.sqrt(np.abs(np.diag(expected.hessian)))
    np.testing.assert_allclose(
        got.gradient / scale, expected.gradient / scale, atol=1e-6
    )
    square = np.outer(scale, scale)
    np.testing.assert_allclose(
        got.hessian / square, expected.hessian / square, atol=1e-7
    )
    if weighted:
        assert ours.value(x) == pytest.approx(got.value, rel=1e-13)
        ratio = ours.score_covariance(x) - voigt.score_covariance(x)
        np.testing.assert_allclose(ratio / square, 0, atol=1e-6)


def test_error_of_the_interpolation_is_told():
    assert 0 < normalisation_error(smeared(91.2, 2.5, 1.5)) < 1e-8


def test_saved_and_loaded(tmp_path):
    kernel = Sum(
        {"a": Gauss(SHIFT, 0.0, SIGMA), "b": Gauss(SHIFT, 0, 3)}, fractions=[F]
    )
    density = Convolution(Exponential(MASS, SLOPE), kernel, true_range=(0.0, math.inf))
    save(density, tmp_path / "model.json")
    assert load(tmp_path / "model.json") == density


GAUSS = Gauss(SHIFT, 0.0, 1.0)
WRONG = {
    "`Uniform` does not fall off": lambda: Convolution(
        BreitWigner(MASS, 91, 2), Uniform(SHIFT)
    ),
    "takes a density of one observable, or a sum": lambda: Convolution(
        Gauss(MASS, 91, 2), 3
    ),
    "Convolve each component of a sum": lambda: Convolution(
        Sum({"a": Gauss(MASS, 91.0, 1.0)}, fractions=[]), GAUSS
    ),
    "a resolution has no yields": lambda: Convolution(
        Gauss(MASS, 91.0, 1.0), Sum({"a": GAUSS}, yields=[3.0])
    ),
    "does not converge": lambda: Convolution(
        Exponential(MASS, -0.3), CrystalBall(SHIFT, 0.0, 1.0, -1.0, 3.0)
    ),
    "has no value at x": lambda: Convolution(
        PowerLaw(Observable("x", 1.0, 2.0), -1.0), GAUSS
    ),
    "takes two numbers, lower < upper": lambda: Convolution(
        Gauss(MASS, 91.0, 1.0), GAUSS, true_range=(3.0, 1.0)
    ),
    "is zero or not a number near zero": lambda: Convolution(
        Gauss(MASS, 91.0, 1.0),
        FormulaShape(SHIFT, "where(abs(shift - 3.3) < 0.01, 1.0, 0.0)"),
    ),
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_input_says_so(message):
    with pytest.raises(LikelyError) as error:
        WRONG[message]()
    assert message in str(error.value)
