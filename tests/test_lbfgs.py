"""L-BFGS with limits against Newton, and the gradient that it goes by."""

import jax
import numpy as np
import pytest

import likely as lk
from likely.core import apply
from likely.distributions import Argus, Exponential, Gauss, Sum, Uniform
from likely.fit import Likelihood
from likely.fit.gradient import FORWARD, value_and_gradient

M = lk.Observable("m", 5.0, 7.0)


def events(n, seed=0):
    rng = np.random.default_rng(seed)
    m = np.concatenate(
        [rng.normal(5.28, 0.06, n // 3), 5 + rng.exponential(1, 2 * n // 3)]
    )
    return m[(m > 5) & (m < 7)]


def model(mu=5.3, sigma=0.05):
    mu, sigma = lk.Parameter("mu", mu, 5, 6), lk.Parameter("sigma", sigma, 0.005, 0.3)
    background = Exponential(M, lk.Parameter("slope", -0.5, -10, 10))
    return Sum(
        {"signal": Gauss(M, mu, sigma), "background": background},
        yields=[lk.Parameter("ns", 500, 0, 1e5), lk.Parameter("nb", 500, 0, 1e5)],
    )


def channels(n):
    """Return n narrow peaks side by side: 3 n parameters."""
    components, yields = {}, []
    for k in range(n):
        middle, width = 5 + 2 * (k + 0.5) / n, 2 / n
        components[f"c{k}"] = Gauss(
            M,
            lk.Parameter(
                f"mu{k}", middle + 0.02 * width, middle - width, middle + width
            ),
            lk.Parameter(f"sigma{k}", 0.25 * width, 0.02 * width, 2 * width),
        )
        yields.append(lk.Parameter(f"n{k}", 300 + 5 * k, 0, 1e5))
    return Sum(components, yields=yields)


def same(found, truth):
    assert found.status.ok, found.status
    assert found.loss == pytest.approx(truth.loss, abs=2e-6)
    for name, error in truth.errors.items():
        assert abs(found.values[name] - truth.values[name]) < 2e-3 * error
        assert found.errors[name] == pytest.approx(error, rel=1e-3)


def test_the_same_minimum_and_errors_as_newton():
    data = {"m": events(3000)}
    found = lk.fit(model(), data, minimiser=lk.LBFGS())
    same(found, lk.fit(model(), data))
    assert len(found.history) > 3
    assert (np.diff(found.history) < 0).all()


def test_many_parameters():
    n = 8
    truth = channels(n)
    data = np.asarray(truth.samples(jax.random.key(0), 4000))
    start = channels(n)
    found = lk.fit(start, data, minimiser=lk.LBFGS())
    same(found, lk.fit(start, data, minimiser=lk.Newton(starts=1)))


@pytest.mark.parametrize("weighted", [False, True])
def test_the_gradient_is_that_of_the_exact_derivatives(weighted):
    m = events(20_000)
    weights = np.random.default_rng(1).normal(1, 0.5, len(m)) if weighted else None
    constraint = lk.GaussConstraint(lk.Parameter("mu", 5.3, 5, 6), 5.2, 0.1)
    objective = Likelihood([constraint]).objective(
        model(), lk.Dataset.of({"m": m}, weights=weights)
    )
    x = objective.space.start * 1.01
    value, gradient = apply(objective.pure_gradient, x)
    at = objective.derivatives(x)
    assert float(value) == pytest.approx(at.value, rel=1e-13)
    np.testing.assert_allclose(gradient, at.gradient, rtol=1e-10, atol=1e-8)


def test_scores_are_those_of_the_sandwich():
    constraint = lk.GaussConstraint(lk.Parameter("mu", 5.3, 5, 6), 5.2, 0.1)
    objective = Likelihood([constraint]).objective(model(), {"m": events(20_000)})
    x = objective.space.start * 1.01
    value, gradient, B = apply(objective.pure_scores, x)
    at = objective.derivatives(x)
    assert float(value) == pytest.approx(at.value, rel=1e-13)
    np.testing.assert_allclose(gradient, at.gradient, rtol=1e-10, atol=1e-8)
    np.testing.assert_allclose(B, objective.score_covariance(x), rtol=1e-9)


def test_newton_by_scores_ends_with_the_exact_hessian():
    data = {"m": events(20_000)}
    exact = lk.fit(model(), data)
    found = lk.fit(model(), data, minimiser=lk.Newton(curvature="scores"))
    assert found.ok
    assert found.loss == pytest.approx(exact.loss, abs=1e-7)
    np.testing.assert_allclose(found.covariance, exact.covariance, rtol=1e-5)
    same = lk.fit(model(), data, minimiser=lk.Newton(curvature="auto"))
    np.testing.assert_array_equal(same.free_values, exact.free_values)
    with pytest.raises(lk.LikelyError, match="there is no `score`.*`scores`"):
        lk.Newton(curvature="score")


def test_reverse_mode_beyond_some_parameters():
    """Of more parameters than `FORWARD` the other mode gives the same numbers."""
    few = Sum(
        {"a": Gauss(M, lk.Parameter("mu", 5.5, 5, 6), 0.1), "b": Uniform(M)},
        yields=[1.0 * lk.Parameter("n", 100, 0, 1e4), 50.0],
    )
    mu = lk.Parameter("mu", 5.5, 5, 6)
    many = [lk.Parameter(f"z{k}", 0.01) for k in range(FORWARD)]
    shifted = mu
    for z in many:
        shifted = shifted + z
    wide = Sum(
        {"a": Gauss(M, shifted - 0.01 * FORWARD, 0.1), "b": Uniform(M)},
        yields=[1.0 * lk.Parameter("n", 100, 0, 1e4), 50.0],
    )
    data = {"m": events(300)}
    gradients = []
    for one in (few, wide):
        objective = Likelihood().objective(one, data)
        pure = value_and_gradient(objective.program, objective.blocks)
        names = [p.name for p in objective.space.free]
        found = np.asarray(apply(pure, objective.space.start)[1])
        gradients.append({name: found[names.index(name)] for name in ("mu", "n")})
    assert gradients[0] == pytest.approx(gradients[1], rel=1e-9)


def test_limits():
    """The yield of a peak that is not there ends on its limit, a slope on its own."""
    rng = np.random.default_rng(4)
    m = rng.uniform(5, 7, 300)
    m = m[abs(m - 5.5) > 0.05]
    peak = Sum(
        {"s": Gauss(M, 5.5, 0.02), "b": Uniform(M)},
        yields=[lk.Parameter("ns", 20, 0, 500), lk.Parameter("nb", 200, 0, 1000)],
    )
    result = lk.fit(peak, {"m": m}, minimiser=lk.LBFGS())
    assert result.ok
    assert result["ns"].value == 0
    assert result["ns"].at_limit
    assert result["nb"].error == pytest.approx(np.sqrt(len(m)), rel=1e-4)


def test_held_parameters_stay():
    objective = Likelihood().objective(model(), {"m": events(3000)})
    start = objective.space.start
    held = np.array([p.name == "mu" for p in objective.space.free])
    end = lk.LBFGS().minimise(objective, start, held=held)
    other = lk.Newton().minimise(objective, start, held=held)
    assert end.x[held] == start[held]
    assert end.derivatives.value == pytest.approx(other.derivatives.value, abs=1e-6)


def test_too_few_steps_are_told():
    result = lk.fit(model(), {"m": events(3000)}, minimiser=lk.LBFGS(max_steps=3))
    assert not result.ok
    assert "Raise `max_steps`" in result.message


def test_a_start_of_zero_density_is_told():
    argus = Argus(M, lk.Parameter("endpoint", 5.2, 5.1, 5.25), -1.0)
    result = lk.fit(argus, {"m": [5.1, 5.3]}, minimiser=lk.LBFGS())
    assert not result.ok
    assert "not finite at the start" in result.message


def test_a_step_into_zero_density_turns_back():
    """An endpoint below an event has zero density: the search stays above it."""
    m = 5 + 0.9 * np.random.default_rng(2).beta(2, 1.5, 400)
    argus = Argus(M, lk.Parameter("endpoint", 6.5, 5.2, 6.9), -10.0)
    result = lk.fit(argus, {"m": m}, minimiser=lk.LBFGS())
    assert result["endpoint"].value > m.max()
    assert np.isfinite(result.loss)


def test_nothing_free():
    result = lk.fit(Gauss(M, 5.3, 0.1), {"m": events(90)}, minimiser=lk.LBFGS())
    assert result.ok


def test_wrong_options_are_told():
    with pytest.raises(lk.LikelyError, match="`memory` and `max_steps`"):
        lk.LBFGS(max_steps=0)
