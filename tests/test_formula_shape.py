"""Densities that a user writes as a text, in one dimension and in more."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
import scipy.stats

import likely as lk
from likely.core import LikelyError
from likely.distributions import (
    FormulaDensity,
    FormulaShape,
    Gauss,
    Product,
    Sum,
    Uniform,
    WithEfficiency,
    load,
    normalisation_error,
    save,
)
from likely.fit import Likelihood, Newton

X = lk.Observable("x", 0.0, 10.0)
Y = lk.Observable("y", -1.0, 1.0)
Z = lk.Observable("z", 0.0, 2.0)
A = lk.Parameter("slope", 0.3, 0, 1)

INTEGRALS = {
    # text, parameters, integral from 0 to 10
    "peak": ("exp(-0.5*((x - m)/s)**2)", {"m": 7.77, "s": 1e-3}, 2.50662827463e-3),
    "kink": ("exp(-abs(x - m)/t)", {"m": 4.123, "t": 0.01}, 0.02),
    "step": ("where(x > m, 1, 2)", {"m": 3.14159}, 13.14159),
    "oscillations": ("1 + cos(k*x)", {"k": 200.0}, 10 + np.sin(2000) / 200),
    "many kinks": ("abs(sin(k*x))", {"k": 2 * np.pi}, 20 / np.pi),
    "root": ("sqrt(max(x - m, 0))", {"m": 2.2}, 2 / 3 * 7.8**1.5),
    "condition": ("(x > 2) & (x < 5)", {}, 3.0),
    "number": ("2", {}, 20.0),
}


@pytest.mark.parametrize("name", INTEGRALS)
def test_integral_against_closed_forms(name):
    text, parameters, expected = INTEGRALS[name]
    got = FormulaShape(X, text, parameters).log_norm()
    assert np.exp(got) == pytest.approx(expected, rel=2e-7)


def test_error_of_the_normalisation_is_told():
    smooth = FormulaShape(X, "exp(-a*x)", {"a": 0.3})
    assert normalisation_error(smooth) < 1e-12
    hopeless = FormulaShape(X, "abs(sin(k*x))", {"k": 3000.0})
    assert normalisation_error(hopeless) > 1e-6


def test_a_branch_without_a_value_does_no_harm():
    text = "1 + where(x > m, sqrt(x - m), 0)"

    def log_prob(m):
        return FormulaShape(X, text, {"m": m}).log_prob(jnp.array([1.0]))

    # At 1 the text is 1, so the derivative is that of the integral alone, of a function
    # with a pole.
    total = 10 + 2 / 3 * 7.8**1.5
    assert jax.grad(log_prob)(2.2) == pytest.approx(7.8**0.5 / total, rel=1e-3)


def test_zero_where_the_text_becomes_negative():
    shape = jax.jit(lambda b: FormulaShape(X, "1 + b*cos(x)", {"b": b}).log_prob)
    assert shape(jnp.asarray(-2.0))(jnp.array([0.1])) == -np.inf


def plain(a, b):
    """Return the density with a factor left as it is, for JAX to differentiate."""
    return FormulaShape(X, "exp(-a*x) * (1 + b*cos(3*x))", {"a": a, "b": b})


def test_likelihood_derivatives_are_exact():
    b = lk.Parameter("b", 0.5, 0, 0.9)
    events = np.random.default_rng(1).exponential(2.5, 300) % 10
    objective = Likelihood().objective(plain(A, b), events[:, None])
    got = objective.derivatives(np.array([0.3, 0.5]))
    x = np.linspace(0, 10, 20001)

    def loss(p):
        def value(x):
            return jnp.exp(-p[0] * x) * (1 + p[1] * jnp.cos(3 * x))

        norm = jnp.dot(value(x), jnp.asarray(scipy_weights(x)))
        return -jnp.log(value(events) / norm).sum()

    p = jnp.array([0.3, 0.5])
    assert got.value == pytest.approx(float(loss(p)), rel=1e-9)
    np.testing.assert_allclose(got.gradient, jax.grad(loss)(p), rtol=1e-7, atol=1e-6)
    np.testing.assert_allclose(got.hessian, jax.hessian(loss)(p), rtol=1e-7)


def scipy_weights(x):
    """Return Simpson's weights."""
    weights = np.ones(len(x))
    weights[1:-1:2], weights[2:-1:2] = 4, 2
    return weights * (x[1] - x[0]) / 3


def test_fit_in_a_sum_finds_the_truth():
    b = lk.Parameter("b", 0.2, 0, 1)
    f = lk.Parameter("f", 0.5, 0, 1)
    truth = Sum(
        {"wave": plain(0.3, 0.6), "flat": Uniform(X)},
        fractions=[0.8],
    )
    events = truth.samples(jax.random.key(1), 8000)
    model = Sum({"wave": plain(A, b), "flat": Uniform(X)}, fractions=[f])
    result = lk.fit(model, events, minimiser=Newton(starts=1))
    assert result.status.ok
    for name, value in {"slope": 0.3, "f": 0.8}.items():
        assert abs(result.values[name] - value) < 4 * result.errors[name]
    assert result.values["b"] * result.values["f"] == pytest.approx(0.48, abs=0.05)


def test_efficiency_of_a_cut_is_the_truncated_shape():
    shape = WithEfficiency(Gauss(X, 5.0, 1.0), "x > 4.5", {})
    x = np.array([[4.0], [4.6], [6.0]])
    expected = scipy.stats.truncnorm.logpdf(x[:, 0], -0.5, 5.0, 5.0, 1.0)
    np.testing.assert_allclose(shape.log_probs(x), expected, atol=1e-8)


DENSITIES = {
    "two": (
        FormulaDensity(
            [X, Y], "exp(-a*x) * (1 + b*x*y**2 + c*y)", {"a": A, "b": 0.5, "c": 0.4}
        ),
        lambda x, y: np.exp(-0.3 * x) * (1 + 0.5 * x * y**2 + 0.4 * y),
    ),
    "three": (
        FormulaDensity([X, Y, Z], "exp(-a*x) * (1 + x*y*sin(z)/10)", {"a": A}),
        lambda x, y, z: np.exp(-0.3 * x) * (1 + x * y * np.sin(z) / 10),
    ),
}


@pytest.mark.parametrize("name", DENSITIES)
def test_density_of_several_observables(name, tmp_path):
    density, reference = DENSITIES[name]
    ranges = [(o.lower, o.upper) for o in density.observables]
    total, _ = scipy.integrate.nquad(reference, ranges, opts={"epsabs": 1e-8})
    events = density.samples(jax.random.key(2), 4000)
    got = np.asarray(density.log_probs(events))
    expected = np.log(reference(*np.asarray(events).T) / total)
    np.testing.assert_allclose(got, expected, atol=1e-9)
    # The mean of p over its own events is the integral of p squared.
    square, _ = scipy.integrate.nquad(lambda *x: (reference(*x) / total) ** 2, ranges)
    p = np.exp(expected)
    assert abs(p.mean() - square) < 4 * p.std() / np.sqrt(len(p))
    # That of 1/p in half of the ranges is the volume of that half.
    half = (np.asarray(events) < [0.5 * (a + b) for a, b in ranges]).all(axis=1)
    volume = np.prod([(b - a) / 2 for a, b in ranges])
    inverse = half / p
    spread = inverse.std() / np.sqrt(len(p))
    assert abs(inverse.mean() - volume) < 4 * spread
    outside = np.asarray(events[:1]) * [[1.0] * (len(ranges) - 1) + [7.0]] + 7.0
    assert density.log_probs(outside)[0] == -np.inf
    assert normalisation_error(density) < 1e-10
    save(density, tmp_path / "model.json")
    assert load(tmp_path / "model.json") == density


def test_marginals_of_the_samples():
    density, _ = DENSITIES["two"]
    x, y = np.asarray(density.samples(jax.random.key(3), 4000)).T
    grid = np.linspace(0, 10, 4001)
    # The density of x alone: y from -1 to 1 integrates to 2 + x/3.
    cdf = scipy.integrate.cumulative_trapezoid(
        np.exp(-0.3 * grid) * (2 + grid / 3), grid, initial=0
    )
    assert (
        scipy.stats.kstest(x, lambda v: np.interp(v, grid, cdf / cdf[-1])).pvalue > 1e-3
    )
    near = x < 1
    low = np.mean(y[near] < 0)
    # With x small there is the slope in y: 1/2 - c/4, less a little.
    assert low == pytest.approx(0.5 - 0.1, abs=0.06)


def test_density_in_a_product_is_fitted():
    density, _ = DENSITIES["two"]
    model = Product([density, Gauss(Z, lk.Parameter("mu", 1.0, 0, 2), 0.2)])
    events = model.samples(jax.random.key(4), 3000)
    result = lk.fit(model, events, minimiser=Newton(starts=1))
    assert result.status.ok
    assert abs(result.values["slope"] - 0.3) < 4 * result.errors["slope"]


def test_saved_and_loaded(tmp_path):
    for density in (
        FormulaShape(X, "exp(-a*x) * (1 + b)", {"a": A, "b": 2 * A}),
        WithEfficiency(Gauss(X, 5.0, A + 1), "1/(1 + exp(-(x - x0)))", {"x0": 4.0}),
    ):
        save(density, tmp_path / "model.json")
        assert load(tmp_path / "model.json") == density


WRONG = {
    "there is no `b` among": lambda: FormulaShape(X, "exp(-a*x)*b", {"a": 1.0}),
    "did you mean `alpha`": lambda: FormulaShape(X, "exp(-alhpa*x)", {"alpha": 1.0}),
    "'(' was never closed": lambda: FormulaShape(X, "exp(-a*x", {"a": 1.0}),
    "is negative": lambda: FormulaShape(X, "cos(a*x)", {"a": A + 1}),
    "with a = 1": lambda: FormulaShape(X, "cos(a*x)", {"a": 1.0}),
    "is not finite (-inf) at x = 0": lambda: FormulaShape(X, "log(x)"),
    "zero on the whole range": lambda: FormulaShape(X, "0*x"),
    "`x` is an observable": lambda: FormulaShape(X, "x", {"x": 1}),
    "takes a number or a parameter; got str": lambda: FormulaShape(X, "x", {"a": "b"}),
    "takes a mapping of names": lambda: FormulaShape(X, "x + a", [1]),
    "does not appear in": lambda: FormulaShape(X, "x", {"a": 1.0}),
    "must be an Observable": lambda: FormulaShape("x", "x"),
    "text is not possible": lambda: FormulaShape(X, "x == 'a'"),
    "must be a text": lambda: FormulaShape(X, 3),
    "For one there is `FormulaShape`": lambda: FormulaDensity([X], "x"),
    "two or three observables of different": lambda: FormulaDensity([X, X], "x"),
    "takes a list of observables": lambda: FormulaDensity(X, "x"),
    "(-0.15873) at x = 0.15873, y = -1": lambda: FormulaDensity([X, Y], "x*y"),
    "`x-5` is negative": lambda: WithEfficiency(Gauss(X, 5.0, 1.0), "x-5"),
    "Give each component of a sum": lambda: WithEfficiency(
        Sum({"g": Gauss(X, 5.0, 1.0)}, fractions=[]), "x"
    ),
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_input_says_so(message):
    with pytest.raises(LikelyError) as error:
        WRONG[message]()
    assert message in str(error.value)
