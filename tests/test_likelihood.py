"""The likelihood's value and exact derivatives, against JAX's own of the plain sum."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import likely as lk
from likely.core import LikelyError, resolve
from likely.distributions import (
    Chebyshev,
    CrystalBall,
    Exponential,
    Gauss,
    Product,
    Sum,
    Uniform,
    Voigt,
)
from likely.fit import GaussConstraint, Likelihood

M = lk.Observable("m", 5, 7)
T = lk.Observable("t", 0, 10)
MU = lk.Parameter("mu", 5.3, 5, 6)
SIGMA = lk.Parameter("sigma", 0.06, 0.005, 0.13)
SLOPE = lk.Parameter("slope", -1.0, -10, 10)
DECAY = lk.Parameter("decay", -0.5, -2, 2)
F = lk.Parameter("f", 0.3, 0, 1)
G = lk.Parameter("g", 0.2, 0, 1)
COEFFICIENTS = tuple(lk.Parameter(f"c{i}", 0.2 / i, -1, 1) for i in (1, 2))
YIELDS = [lk.Parameter("ns", 150, 0, 1e4), lk.Parameter("nb", 350, 0, 1e4)]


def peak():
    return Gauss(M, MU, SIGMA)


def slope():
    return Exponential(M, SLOPE)


def many():
    c = [lk.Parameter(f"c{i}", 0.1 / i, -1, 1) for i in range(1, 5)]
    tail = CrystalBall(M, MU, 1.5 * SIGMA, lk.Parameter("alpha", 1.0, 0.1, 5), 3.0)
    parts = {"peak": peak(), "tail": tail, "flat": Chebyshev(M, tuple(c))}
    wide = Voigt(M, MU + 0.5, lk.Parameter("width", 0.1, 0.01, 1), SIGMA)
    return Sum(parts | {"wide": wide}, fractions=[F, G, lk.Parameter("h", 0.1, 0, 1)])


MODELS = {
    "one shape": peak,
    "fixed shape": lambda: Sum(
        {"s": Gauss(M, 5.3, 0.06), "b": Uniform(M)}, fractions=[F]
    ),
    "fractions": lambda: Sum({"s": peak(), "b": slope()}, fractions=[F]),
    "yields": lambda: Sum({"s": peak(), "b": slope()}, yields=YIELDS),
    "one yield": lambda: Sum({"s": peak()}, yields=YIELDS[:1]),
    "shared parameter": lambda: Sum(
        {"s": peak(), "w": Gauss(M, MU, 2 * SIGMA)}, fractions=[F]
    ),
    "negative yield": lambda: Sum(
        {"s": peak(), "b": slope()},
        yields=[lk.Parameter("ns", -5, -100, 100), YIELDS[1]],
    ),
    "zero yield": lambda: Sum(
        {"s": peak(), "b": slope()},
        yields=[lk.Parameter("ns", 0, 0, 100), YIELDS[1]],
    ),
    "nested": lambda: Sum(
        {
            "s": Sum({"n": peak(), "w": Gauss(M, MU, 2 * SIGMA)}, fractions=[G]),
            "b": slope(),
        },
        yields=YIELDS,
    ),
    "product": lambda: Product([peak(), Exponential(T, DECAY)]),
    "sum of products": lambda: Sum(
        {
            "s": Product([peak(), Exponential(T, DECAY)]),
            "b": Product([Uniform(T), slope()]),
        },
        yields=YIELDS,
    ),
    "polynomial": lambda: Chebyshev(M, COEFFICIENTS),
    "polynomial times shape": lambda: Sum(
        {
            "a": Product([Chebyshev(M, COEFFICIENTS), Exponential(T, DECAY)]),
            "b": Product([peak(), Chebyshev(T, COEFFICIENTS[:1])]),
        },
        fractions=[F],
    ),
    "many variables": many,
}
models = pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)


def events_for(model, n=500):
    rng = np.random.default_rng(1)
    columns = {
        "m": np.clip(rng.normal(5.4, 0.3, n), 5, 7),
        "t": np.clip(rng.exponential(2.0, n), 0, 10),
    }
    return {o.name: columns[o.name] for o in model.observables}


def plain(model, objective, data, weights):
    """Return -log L written as the formula says, for JAX to differentiate."""
    x = jnp.stack([jnp.asarray(data[o.name]) for o in model.observables], axis=1)
    names = [p.name for p in objective.space.free]

    def loss(theta):
        resolved = resolve(model, dict(zip(names, theta, strict=True)))
        total = -jnp.dot(weights, jax.vmap(resolved.log_prob)(x))
        if not getattr(resolved, "extended", False):
            return total
        nu = resolved.expected()
        return total + nu - weights.sum() * jnp.log(nu)

    return loss


@models
@pytest.mark.parametrize("weighted", [False, True])
def test_derivatives_are_exact(make, weighted):
    model = make()
    data = events_for(model)
    w = np.random.default_rng(2).normal(1, 1, 500) if weighted else np.ones(500)
    dataset = lk.Dataset.of(data, weights=w if weighted else None)
    objective = Likelihood().objective(model, dataset)
    loss = plain(model, objective, data, w)
    x = objective.space.start
    got = objective.derivatives(x)
    value, gradient, hessian = jax.jit(
        lambda t: (loss(t), jax.grad(loss)(t), jax.hessian(loss)(t))
    )(x)
    assert got.value == pytest.approx(float(value), rel=1e-12)
    assert objective.value(x) == pytest.approx(float(value), rel=1e-12)
    scale = np.maximum(np.sqrt(np.abs(np.diag(hessian))), 1e-3)
    assert (got.gradient - gradient) / scale == pytest.approx(0, abs=1e-9)
    relative = (got.hessian - hessian) / np.outer(scale, scale)
    assert relative == pytest.approx(0, abs=1e-10)


@models
def test_score_covariance(make):
    model = make()
    data = events_for(model)
    objective = Likelihood().objective(model, data)
    x = objective.space.start
    names = [p.name for p in objective.space.free]
    events = jnp.stack([jnp.asarray(data[o.name]) for o in model.observables], axis=1)

    def log_density(theta, event):
        resolved = resolve(model, dict(zip(names, theta, strict=True)))
        nu = resolved.expected() if getattr(resolved, "extended", False) else 1.0
        return resolved.log_prob(event) + jnp.log(nu)

    scores = jax.jit(jax.vmap(jax.grad(log_density), in_axes=(None, 0)))(x, events)
    expected = scores.T @ scores
    scale = np.maximum(np.sqrt(np.diag(expected)), 1e-3)
    got = objective.score_covariance(x)
    assert (got - expected) / np.outer(scale, scale) == pytest.approx(0, abs=1e-10)


def test_weight_two_is_the_event_twice():
    model = MODELS["yields"]()
    data = events_for(model)
    once = lk.Dataset.of(data, weights=np.full(500, 2.0))
    twice = {k: np.tile(v, 2) for k, v in data.items()}
    x = Likelihood().objective(model, data).space.start
    a = Likelihood().objective(model, once).derivatives(x)
    b = Likelihood().objective(model, twice).derivatives(x)
    assert a.value == pytest.approx(b.value, rel=1e-13)
    assert a.hessian == pytest.approx(b.hessian, rel=1e-11)


def test_constraint_is_a_density():
    model = peak()
    data = events_for(model)
    constraint = GaussConstraint(2 * MU, 10.4, 0.2)
    x = Likelihood().objective(model, data).space.start
    free = Likelihood().objective(model, data).value(x)
    got = Likelihood([constraint]).objective(model, data).value(x)
    pull = (2 * x[0] - 10.4) / 0.2
    expected = 0.5 * pull**2 + np.log(np.sqrt(2 * np.pi) * 0.2)
    assert got - free == pytest.approx(expected, rel=1e-12)


def test_constraints_and_formulas_of_the_parameters_hold_for_the_fitted_model():
    model = peak()
    data = events_for(model)
    known = Likelihood([GaussConstraint(MU, 5.31, 0.001)])
    derived = [(MU - 5.3).named("shift")]
    result = lk.fit(model, data, loss=known, derived=derived)
    again = lk.fit(result.model, data, loss=known, derived=derived)
    assert again.status.ok
    assert again.loss == pytest.approx(result.loss, abs=1e-8)
    assert again["shift"].value == pytest.approx(result["mu"].value - 5.3, abs=1e-9)
    assert len(again.history) <= len(result.history)


def test_a_new_start_or_limit_compiles_nothing(monkeypatch):
    data = events_for(peak())
    Likelihood().objective(peak(), data).derivatives(np.array([5.3, 0.06]))
    other = Gauss(M, lk.Parameter("mu", 5.5, 4, 8), lk.Parameter("sigma", 0.1, 0.01, 1))
    with lk.core.compile_clock() as clock:
        Likelihood().objective(other, data).derivatives(np.array([5.4, 0.07]))
    assert clock.seconds == 0.0


WRONG = {
    "no density": (lambda: lk.fit(3, {"m": [1.0]}), "must be a density"),
    "no events": (lambda: lk.fit(peak(), {"m": np.zeros(0)}), "no events"),
    "none in range": (lambda: lk.fit(peak(), {"m": np.ones(3)}), "none of the 3"),
    "nan": (lambda: lk.fit(peak(), {"m": np.array([5.1, np.nan])}), "event 1"),
    "inf": (lambda: lk.fit(peak(), {"m": np.array([np.inf, 5.1])}), "isfinite"),
    "column": (lambda: lk.fit(peak(), {"mm": np.ones(3)}), "`mm`"),
    "shape": (lambda: lk.fit(peak(), np.ones((3, 2))), r"\(events, 1\)"),
    "sigma": (lambda: GaussConstraint(MU, 1.0, 0.0), "must be > 0"),
    "derived": (lambda: lk.fit(peak(), {"m": [5.1]}, derived=[MU + 1]), "named"),
    "weights": (
        lambda: lk.fit(peak(), lk.Dataset.of({"m": [5.1]}, weights=[-1.0])),
        "sum of weights",
    ),
}


@pytest.mark.parametrize(("call", "message"), WRONG.values(), ids=WRONG)
def test_wrong_input_is_a_sentence(call, message):
    with pytest.raises(LikelyError, match=message):
        call()
