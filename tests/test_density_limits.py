"""Densities that turn into others, published numbers, and the tools behind them."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
import scipy.stats

from likely.core import LikelyError, Observable, Parameter
from likely.distributions import (
    BifurcatedGauss,
    BreitWigner,
    Bukin,
    CMSShape,
    ExponentiallyModifiedGauss,
    Flatte,
    Gamma,
    Gauss,
    GeneralisedGauss,
    JohnsonSU,
    Landau,
    LogNormal,
    Moyal,
    Novosibirsk,
    PowerLaw,
    PWaveBreitWigner,
    RelativisticBreitWigner,
    StudentT,
    SWaveBreitWigner,
    load,
    normalisation_error,
    save,
)
from likely.distributions.erfc import log_erfc
from likely.distributions.ratios import arcsinh_ratio, log1p_ratio
from likely.distributions.unimodal import log_unimodal_integral

MASS = Observable("mass", 60.0, 120.0, "GeV")
CENTRED = Observable("x", -10.0, 10.0)

PAIRS = {
    "bifurcated of equal sides": (
        BifurcatedGauss(MASS, 91.0, 3.0, 3.0),
        Gauss(MASS, 91.0, 3.0),
    ),
    "Student of one degree": (
        StudentT(MASS, 91.0, 1.5, 1.0),
        BreitWigner(MASS, 91.0, 3.0),
    ),
    "generalised of beta 2": (
        GeneralisedGauss(MASS, 91.0, math.sqrt(18), 2.0),
        Gauss(MASS, 91.0, 3.0),
    ),
    "Novosibirsk without a tail": (
        Novosibirsk(MASS, 91.0, 3.0, 0.0),
        Gauss(MASS, 91, 3),
    ),
    "Bukin of a Gaussian's tails": (
        # Beyond the half maximum log s = -log 2 (1 + v)^2: no other slope would fit.
        Bukin(MASS, 91.0, 3.0, 0.0, -math.log(2), -math.log(2)),
        Gauss(MASS, 91.0, 3.0),
    ),
    "Flatte of one channel": (
        Flatte(MASS, 91.0, 3.0, 0.0, 20.0, 25.0, 30.0, 40.0),
        SWaveBreitWigner(
            MASS,
            91.0,
            3.0 * math.sqrt((1 - 45**2 / 91**2) * (1 - 5**2 / 91**2)),
            20.0,
            25.0,
        ),
    ),
    "CMS shape": (
        CMSShape(MASS, 75.0, 0.25, 0.1),
        ExponentiallyModifiedGauss(MASS, 75.0 - 0.1 * 8.0, math.sqrt(8.0), 0.1),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_a_density_that_is_another(name):
    one, other = PAIRS[name]
    x = jnp.linspace(60.5, 119.5, 24)[:, None]
    np.testing.assert_allclose(one.log_probs(x), other.log_probs(x), atol=1e-9)


def test_johnson_against_scipy():
    x = np.linspace(61.0, 119.0, 9)
    johnson = scipy.stats.johnsonsu(0.5, 1.2, 91.0, 3.0)
    expected = johnson.logpdf(x) - np.log(np.diff(johnson.cdf([60.0, 120.0])))
    got = JohnsonSU(MASS, 91.0, 3.0, 0.5, 1.2).log_probs(x[:, None])
    np.testing.assert_allclose(got, expected, rtol=1e-9)


def test_moyal_against_scipy():
    x = np.linspace(71.0, 119.0, 9)
    moyal = scipy.stats.moyal(91.0, 5.0)
    expected = moyal.logpdf(x) - np.log(np.diff(moyal.cdf([60.0, 120.0])))
    got = Moyal(MASS, 91.0, 5.0).log_probs(x[:, None])
    np.testing.assert_allclose(got, expected, rtol=1e-9)


def test_landau_far_on_the_left_against_cernlib():
    """DENLAN of CERNLIB (G110) below -5.5, with its published coefficients."""
    at = np.array([-9.0, -8.0, -7.0])
    u = np.exp(at + 1)
    series = 1 + u * (0.04166666667 + u * (-0.01996527778 + u * 0.02709538966))
    expected = -1 / u - 0.5 * np.log(u) + np.log(0.3989422803 * series)
    density = Landau(CENTRED, 0.0, 1.0)
    got = jax.vmap(density.log_shape)(jnp.asarray(at)[:, None])
    np.testing.assert_allclose(got, expected, atol=1e-8)


def test_landau_over_many_orders_against_scipy():
    at = np.concatenate([np.linspace(-5, 20, 400), 10.0 ** np.linspace(1, 12, 100)])
    stable = scipy.stats.landau(math.log(math.pi / 2), math.pi / 2)
    density = Landau(CENTRED, 0.0, 1.0)
    got = jax.jit(jax.vmap(density.log_shape))(jnp.asarray(at)[:, None])
    np.testing.assert_allclose(got, stable.logpdf(at), atol=1e-12)


def test_landau_peak_is_where_it_says():
    density = Landau(CENTRED, 0.0, 1.0)
    x = np.linspace(-0.3, -0.15, 3001)
    got = density.log_probs(x[:, None])
    assert x[np.argmax(got)] == pytest.approx(-0.22278, abs=5e-5)


@pytest.mark.parametrize(
    "density",
    [
        pytest.param(Landau(MASS, 91.0, 1e-3), marks=pytest.mark.slow, id="Landau"),
        pytest.param(Moyal(MASS, 91.0, 1e-3), id="Moyal"),
    ],
)
def test_derivatives_are_finite_beyond_the_steepest(density):
    def value(mu):
        moved = type(density)(MASS, mu, density.sigma)
        return moved.log_shape(jnp.array([60.0])) - moved.log_norm()

    assert np.isfinite(jax.grad(value)(91.0))
    assert np.isfinite(jax.hessian(value)(91.0))


def test_log_erfc_and_its_derivatives():
    z = np.concatenate([np.linspace(-6, 30, 721), [100.0, 1e4]])
    got = jax.vmap(log_erfc)(jnp.asarray(z))
    expected = np.log(2) + scipy.special.log_ndtr(-math.sqrt(2) * z)
    np.testing.assert_allclose(got, expected, rtol=1e-13, atol=1e-13)
    # With M = 2/sqrt(pi) / erfcx(z): (log erfc)' = -M, (log erfc)'' = M (2z - M).
    z = z[np.abs(z) < 20]
    ratio = 2 / math.sqrt(math.pi) / scipy.special.erfcx(z)
    first = jax.vmap(jax.grad(log_erfc))(jnp.asarray(z))
    np.testing.assert_allclose(first, -ratio, rtol=1e-11)
    second = jax.vmap(jax.grad(jax.grad(log_erfc)))(jnp.asarray(z))
    np.testing.assert_allclose(second, ratio * (2 * z - ratio), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("ratio", "derivatives"),
    [(log1p_ratio, (1, -1 / 2, 2 / 3)), (arcsinh_ratio, (1, 0, -1 / 3))],
)
def test_ratios_are_smooth_at_zero_and_where_they_change(ratio, derivatives):
    functions = [ratio, jax.grad(ratio), jax.grad(jax.grad(ratio))]
    assert [float(f(jnp.array(0.0))) for f in functions] == pytest.approx(
        derivatives, abs=1e-14
    )
    for f in functions:
        below, above = f(jnp.array(0.02 - 1e-15)), f(jnp.array(0.02 + 1e-15))
        assert below == pytest.approx(float(above), abs=1e-10)


def test_integral_follows_its_limits():
    """The derivatives in the limits are the density at them, and its slope."""

    def log_integral(limits):
        return log_unimodal_integral(lambda x: -0.5 * x * x, *limits, 0.0)

    limits = jnp.array([-1.0, 2.0])
    density = np.exp(-0.5 * limits**2) * np.array([-1, 1])
    total = math.sqrt(2 * math.pi) * np.diff(scipy.special.ndtr(limits))
    first = jax.grad(log_integral)(limits)
    np.testing.assert_allclose(first, density / total, rtol=1e-12)
    second = np.diag(-np.asarray(limits) * density / total) - np.outer(first, first)
    np.testing.assert_allclose(jax.hessian(log_integral)(limits), second, rtol=1e-11)


@pytest.mark.parametrize(
    "density",
    [
        StudentT(MASS, 91.0, 1e-3, 2.0),
        Landau(MASS, 150.0, 10.0),
        RelativisticBreitWigner(MASS, 91.0, 1e-3),
    ],
    ids=["StudentT", "Landau", "RelativisticBreitWigner"],
)
def test_normalisation_error_of_a_unimodal_shape(density):
    assert 0 < normalisation_error(density) < 1e-10


WRONG = {
    "range of `x` starts at -10": lambda: PowerLaw(CENTRED, -2.0),
    "starts above zero": lambda: PowerLaw(Observable("x", 0.0, 1.0), -2.0),
    "starts at zero or above": lambda: LogNormal(CENTRED, 1.0, 1.0),
    "must be above m1 + m2 = 100; got 91": lambda: PWaveBreitWigner(
        MASS, 91.0, 2.0, 50.0, 50.0, 1.0
    ),
    "m1=...)` must not be negative": lambda: SWaveBreitWigner(MASS, 91, 2, -1.0, 5),
    "radius=...)` must not be negative": lambda: PWaveBreitWigner(
        MASS, 91.0, 2.0, 5.0, 5.0, -1.0
    ),
    "must be above m1a + m1b": lambda: Flatte(MASS, 91.0, 1.0, 1.0, 50, 50, 60, 60),
    "rate=...)` must not be zero": lambda: ExponentiallyModifiedGauss(MASS, 91, 1, 0.0),
    "shape=...)` must be positive": lambda: Gamma(MASS, 0.0, 1.0, 0.0),
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_argument_says_so(message):
    with pytest.raises(LikelyError) as error:
        WRONG[message]()
    assert message in str(error.value)


def test_densities_of_every_room_are_saved_and_loaded(tmp_path):
    mu = Parameter("mu", 91.0, 80, 100, "GeV")
    for density in (
        JohnsonSU(MASS, mu, 2.0, 0.1, 1.0),
        PWaveBreitWigner(MASS, mu, 2.0, 5.0, 5.0, 1.0),
        Gamma(MASS, 2.0, 0.1, mu - 40.0),
    ):
        save(density, tmp_path / "model.json")
        assert load(tmp_path / "model.json") == density
