"""Fits against iminuit with numba-stats on the same events, and hard starts."""

import iminuit
import numpy as np
import pytest
from numba_stats import crystalball, norm, voigt

import likely as lk
from likely.distributions import (
    Argus,
    CrystalBall,
    Exponential,
    Gauss,
    Sum,
    Uniform,
    Voigt,
)

LOW, HIGH = 5.0, 7.0
M = lk.Observable("m", LOW, HIGH)


def massfit_events(n, seed=0):
    """Return the workload of MoreFit (arXiv:2505.12414): 0.3 Gauss + 0.7 exp(-m)."""
    rng = np.random.default_rng(seed)
    signal = rng.normal(5.28, 0.06, rng.binomial(n, 0.3))
    signal = signal[(signal > LOW) & (signal < HIGH)]
    u = rng.random(n - len(signal))
    return np.concatenate([signal, LOW - np.log1p(-u * -np.expm1(LOW - HIGH))])


def massfit_model(mu=5.3, sigma=0.05, fraction=0.5, slope=-0.5):
    signal = Gauss(
        M, lk.Parameter("mu", mu, 5, 6), lk.Parameter("sigma", sigma, 0.005, 0.13)
    )
    background = Exponential(M, lk.Parameter("slope", slope, -10, 10))
    return Sum(
        {"signal": signal, "background": background},
        fractions=[lk.Parameter("fraction", fraction, 0, 1)],
    )


def massfit_nll(m):
    def nll(mu, sigma, slope, fraction):
        edge = norm.cdf(np.array([LOW, HIGH]), mu, sigma)
        signal = norm.pdf(m, mu, sigma) / (edge[1] - edge[0])
        edges = np.exp(slope * np.array([LOW, HIGH]))
        background = np.exp(slope * m) * slope / (edges[1] - edges[0])
        return -np.log(fraction * signal + (1 - fraction) * background).sum()

    nll.errordef = iminuit.Minuit.LIKELIHOOD
    return nll


def reference(nll, start, limits):
    minuit = iminuit.Minuit(nll, **start)
    for name, limit in limits.items():
        minuit.limits[name] = limit
    minuit.strategy, minuit.tol = 2, 1e-4
    minuit.migrad()
    # Minuit's numerical Hessian is off by half a per cent in its transformed variables.
    for name in minuit.parameters:
        minuit.limits[name] = None
    minuit.hesse()
    minuit.minos()
    assert minuit.valid
    return minuit


def check_against(result, minuit):
    assert result.status.ok
    # Equal or deeper, up to the rounding of a sum over events.
    assert result.loss / 2 <= minuit.fval + 1e-6
    for name in minuit.parameters:
        error = minuit.errors[name]
        estimate = result[name]
        assert estimate.value == pytest.approx(minuit.values[name], abs=1e-3 * error)
        assert estimate.error == pytest.approx(error, rel=1e-3)
        merror = minuit.merrors[name]
        assert estimate.lower == pytest.approx(merror.lower, abs=1e-2 * error)
        assert estimate.upper == pytest.approx(merror.upper, abs=1e-2 * error)


@pytest.mark.parametrize("n", [200, 1_000, 30_000])
def test_massfit_against_iminuit(n):
    m = massfit_events(n)
    start = {"mu": 5.28, "sigma": 0.06, "slope": -1.0, "fraction": 0.3}
    limits = {"mu": (5, 6), "sigma": (0.005, 0.13), "slope": (-10, 10)}
    minuit = reference(massfit_nll(m), start, limits | {"fraction": (0, 1)})
    check_against(lk.minos(lk.fit(massfit_model(), {"m": m})), minuit)


def test_extended_voigt_against_iminuit():
    rng = np.random.default_rng(3)
    z = lk.Observable("m", 60, 120, "GeV")
    m = np.concatenate(
        [
            91.19 + 1.2476 * rng.standard_cauchy(4000) + rng.normal(0, 1.5, 4000),
            rng.uniform(60, 120, 1000),
        ]
    )
    m = m[(m > 60) & (m < 120)]
    mu, sigma = lk.Parameter("mu", 91, 85, 95), lk.Parameter("sigma", 1.0, 0.3, 5)
    model = Sum(
        {"z": Voigt(z, mu, 2.4952, sigma), "flat": Uniform(z)},
        yields=[lk.Parameter("nz", 3000, 0, 9000), lk.Parameter("nb", 2000, 0, 9000)],
    )
    grid = np.linspace(60, 120, 20001)

    def nll(mu, sigma, nz, nb):
        shape = voigt.pdf(grid, 2.4952 / 2, mu, sigma)
        integral = np.trapezoid(shape, grid)
        z = voigt.pdf(m, 2.4952 / 2, mu, sigma) / integral
        return nz + nb - np.log(nz * z + nb / 60).sum()

    nll.errordef = iminuit.Minuit.LIKELIHOOD
    start = {"mu": 91.0, "sigma": 1.5, "nz": 4000.0, "nb": 1000.0}
    limits = {"mu": (85, 95), "sigma": (0.3, 5), "nz": (0, 9000), "nb": (0, 9000)}
    minuit = reference(nll, start, limits)
    result = lk.minos(lk.fit(model, {"m": m}))
    check_against(result, minuit)
    assert result["nz"].value + result["nb"].value == pytest.approx(len(m), rel=1e-7)


def test_crystal_ball_against_iminuit():
    grid = np.linspace(LOW, HIGH, 5001)
    cumulative = crystalball.cdf(grid, 1.5, 3.0, 5.6, 0.08)
    u = np.random.default_rng(5).uniform(cumulative[0], cumulative[-1], 4000)
    m = np.interp(u, cumulative, grid)
    model = CrystalBall(
        M,
        lk.Parameter("mu", 5.5, 5, 6),
        lk.Parameter("sigma", 0.1, 0.01, 0.5),
        lk.Parameter("alpha", 1.0, 0.2, 5),
        3.0,
    )

    def nll(mu, sigma, alpha):
        edges = crystalball.cdf(np.array([LOW, HIGH]), alpha, 3.0, mu, sigma)
        pdf = crystalball.pdf(m, alpha, 3.0, mu, sigma)
        return -np.log(pdf / (edges[1] - edges[0])).sum()

    nll.errordef = iminuit.Minuit.LIKELIHOOD
    start = {"mu": 5.6, "sigma": 0.08, "alpha": 1.5}
    limits = {"mu": (5, 6), "sigma": (0.01, 0.5), "alpha": (0.2, 5)}
    minuit = reference(nll, start, limits)
    check_against(lk.minos(lk.fit(model, {"m": m})), minuit)


@pytest.mark.parametrize("n", [300, 3_000])
def test_random_starts_reach_one_minimum(n):
    m = massfit_events(n, seed=1)
    best = lk.fit(massfit_model(), {"m": m})
    rng = np.random.default_rng(2)
    reached = 0
    for _ in range(100):
        start = rng.uniform([5, 0.005, 0, -10], [6, 0.13, 1, 10])
        mu, sigma, fraction, slope = start
        model = massfit_model(mu, sigma, fraction, slope)
        result = lk.fit(model, {"m": m})
        reached += abs(result.loss - best.loss) < 1e-6
    assert reached >= 99


def test_minuit_reaches_the_same_minimum():
    m = massfit_events(2_000)
    newton = lk.fit(massfit_model(), {"m": m})
    minuit = lk.fit(massfit_model(), {"m": m}, minimiser=lk.Minuit())
    assert minuit.status.ok
    assert minuit.loss == pytest.approx(newton.loss, abs=1e-5)
    for name, error in newton.errors.items():
        assert abs(minuit.values[name] - newton.values[name]) < 1e-3 * error
        assert minuit.errors[name] == pytest.approx(error, rel=1e-3)


@pytest.mark.parametrize(
    "minimiser", [lk.Newton(), lk.Minuit()], ids=["ours", "minuit"]
)
def test_a_yield_at_its_limit_says_so(minimiser):
    rng = np.random.default_rng(4)
    m = rng.uniform(LOW, HIGH, 300)
    m = m[abs(m - 5.5) > 0.05]
    model = Sum(
        {"s": Gauss(M, 5.5, 0.02), "b": Uniform(M)},
        yields=[lk.Parameter("ns", 20, 0, 500), lk.Parameter("nb", 200, 0, 1000)],
    )
    result = lk.fit(model, {"m": m}, minimiser=minimiser)
    assert result.status.ok
    assert result["ns"].value == 0.0
    assert result["ns"].at_limit
    assert result["ns"].error is None
    assert any("ns" in note for note in result.status.notes)
    assert result["nb"].value == pytest.approx(len(m), rel=1e-5)
    assert result["nb"].error == pytest.approx(np.sqrt(len(m)), rel=1e-4)
    upper = lk.minos(result)["ns"].upper
    # 2 (ns - sum log(1 + ns s / (nb + ns) / b)) = 1, and ns's density is ~0 everywhere.
    assert 0.4 < upper < 0.6
    assert "AT LIMIT" in str(result)


def test_a_negative_yield_is_found():
    rng = np.random.default_rng(6)
    m = rng.uniform(LOW, HIGH, 3000)
    m = m[(abs(m - 5.5) > 0.1) | (rng.random(len(m)) < 0.7)]
    model = Sum(
        {"s": Gauss(M, 5.5, 0.06), "b": Uniform(M)},
        yields=[lk.Parameter("ns", 10, -500, 500), lk.Parameter("nb", 2000, 0, 9000)],
    )
    result = lk.fit(model, {"m": m})
    assert result.status.ok
    assert result["ns"].value < -2 * result["ns"].error


def test_two_parameters_that_are_one_are_named():
    m = massfit_events(500)
    a, b = lk.Parameter("a", 5.0, 0, 10), lk.Parameter("b", 0.3, -10, 10)
    result = lk.fit(Gauss(M, a + b, lk.Parameter("sigma", 0.3, 0.01, 2)), {"m": m})
    assert not result.status.ok
    assert "do not determine" in result.status.message
    assert "a" in result.status.message
    assert "b" in result.status.message
    assert result["a"].error is None


def test_a_parameter_without_influence_is_named():
    m = massfit_events(500)
    ghost = lk.Parameter("ghost", 1.0, 0, 2)
    model = Gauss(M, lk.Parameter("mu", 5.3, 5, 6) + 0 * ghost, 0.1)
    result = lk.fit(model, {"m": m})
    assert not result.status.ok
    assert "ghost" in result.status.message


def test_one_event_and_equal_events_do_not_crash():
    sigma = lk.Parameter("sigma", 0.1, 0.001, 1)
    for m in ([5.5], [5.5] * 50, [LOW] * 20):
        result = lk.fit(Gauss(M, lk.Parameter("mu", 5.3, 5, 6), sigma), {"m": m})
        assert result.status.message
        assert result["sigma"].at_limit
        assert result["sigma"].value == 0.001


def test_a_start_far_away_without_limits():
    m = np.random.default_rng(7).normal(5.6, 0.1, 2000)
    m = m[(m > LOW) & (m < HIGH)]
    model = Gauss(M, lk.Parameter("mu", 6.9), lk.Parameter("sigma", 0.9, 0.001))
    result = lk.fit(model, {"m": m})
    assert result.status.ok
    assert result["mu"].value == pytest.approx(5.6, abs=0.01)
    assert result["sigma"].value == pytest.approx(0.1, abs=0.01)


def test_an_event_of_zero_density_is_a_value_with_a_sentence():
    model = Argus(M, lk.Parameter("endpoint", 5.2, 5.1, 5.25), -1.0)
    result = lk.fit(model, {"m": [5.1, 5.3]})
    assert not result.status.ok
    assert "not finite" in result.status.message


@pytest.mark.parametrize("start", [4.0, 5.05])
def test_a_start_where_the_density_is_zero_everywhere(start):
    m = np.random.default_rng(3).uniform(5.1, 6, 500)
    endpoint = lk.Parameter("endpoint", start, 3, 8)
    argus = Argus(M, endpoint, lk.Parameter("slope", -1.0, -20, 20))
    alone = lk.fit(argus, {"m": m})
    assert not alone.status.ok
    assert "not finite at the start" in alone.status.message
    assert np.isfinite(list(alone.values.values())).all()


def test_nothing_free():
    result = lk.fit(Gauss(M, 5.3, 0.1), {"m": massfit_events(100)})
    assert result.status.ok
    assert np.isfinite(result.loss)
    assert result.covariance.shape == (0, 0)


def test_derived_parameters_have_propagated_errors():
    m = massfit_events(2000)
    ratio = (lk.Parameter("mu", 5.3, 5, 6) / 5.28).named("ratio", "dimensionless")
    result = lk.fit(massfit_model(), {"m": m}, derived=[ratio])
    assert result["ratio"].value == pytest.approx(result["mu"].value / 5.28, rel=1e-12)
    assert result["ratio"].error == pytest.approx(result["mu"].error / 5.28, rel=1e-9)


def test_many_events_equal_few_in_the_limit():
    """The rehearsals on parts of the data end at the minimum of all of it."""
    m = massfit_events(300_000)
    result = lk.fit(massfit_model(), {"m": m})
    assert result.status.ok
    gradient = result.objective.derivatives(result.free_values).gradient
    pull = gradient @ result.covariance @ gradient
    assert pull < 1e-8


def test_the_model_of_the_result_has_the_fitted_values():
    m = massfit_events(2000)
    result = lk.fit(massfit_model(), {"m": m})
    log_probs = result.model.log_probs(m[:, None])
    assert -2 * log_probs.sum() == pytest.approx(result.loss, rel=1e-12)
