"""Tables of slow factors, and the tools behind them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

import likely as lk
from likely.core import (
    LikelyError,
    Table,
    grid_of,
    integration_error,
    node_values,
    polynomials,
    refined,
    staged,
)
from likely.distributions import (
    BreitWigner,
    Exponential,
    FormulaShape,
    Gauss,
    Product,
    StudentT,
    Sum,
    Tabulated,
    Uniform,
    load,
    normalisation_error,
    save,
)
from likely.fit import Likelihood

MASS = lk.Observable("mass", 60.0, 120.0, "GeV")
TIME = lk.Observable("time", 0.0, 10.0)
MU, WIDTH = lk.Parameter("mu", 91.0, 85, 95), lk.Parameter("width", 2.5, 0.1, 10)
DECAY = lk.Parameter("decay", -0.5, -2, 2)


@jax.jit
def tabulated(density, x):
    grid = grid_of(density)
    powers = polynomials(node_values(density, grid, 1))
    return Table(grid.panels.edges, powers, grid.panels.count)(x)


@pytest.mark.parametrize("width", [1e-4, 1e-2, 2.5, 1e3])
@pytest.mark.parametrize("mu", [40.0, 60.0, 91.2])
def test_table_against_the_shape(mu, width):
    shape = BreitWigner(MASS, jnp.asarray(mu), jnp.asarray(width))
    near = mu + width * np.linspace(-5, 5, 41)
    x = np.concatenate([np.linspace(60, 120, 401), near[(near > 60) & (near < 120)]])
    value, in_mu, in_width = tabulated(Tabulated(shape), jnp.asarray(x))
    d, half = x - mu, width / 2
    np.testing.assert_allclose(value, -np.log(d**2 + half**2), atol=1e-8)
    expected = 2 * d / (d**2 + half**2)
    np.testing.assert_allclose(in_mu * width, expected * width, atol=1e-6)
    expected = -half / (d**2 + half**2)
    np.testing.assert_allclose(in_width * width, expected * width, atol=1e-6)


def model(wrap):
    shapes = {"s": wrap(BreitWigner(MASS, MU, WIDTH)), "b": Uniform(MASS)}
    fraction = lk.Parameter("f", 0.6, 0, 1)
    return Product([Sum(shapes, fractions=[fraction]), Exponential(TIME, DECAY)])


def objectives(n):
    """Return the likelihood with a table and without."""
    events = np.asarray(model(lambda shape: shape).samples(jax.random.key(1), 40_000))
    wraps = Tabulated, lambda shape: shape
    return [Likelihood().objective(model(wrap), events[:n]) for wrap in wraps]


@pytest.mark.parametrize("n", [2000, 40_000])
def test_likelihood_is_that_of_the_shape(n):
    """On one device, and on all."""
    ours, plain = objectives(n)
    x = ours.space.start
    got, expected = ours.derivatives(x), plain.derivatives(x)
    assert got.value == pytest.approx(expected.value, rel=1e-11)
    scale = np.sqrt(np.abs(np.diag(expected.hessian)))
    np.testing.assert_allclose(
        got.gradient / scale, expected.gradient / scale, atol=1e-6
    )
    square = np.outer(scale, scale)
    np.testing.assert_allclose(
        got.hessian / square, expected.hessian / square, atol=1e-7
    )


def test_few_events_are_computed_one_by_one():
    ours, plain = objectives(100)
    x = ours.space.start
    assert ours.value(x) == pytest.approx(plain.value(x), rel=1e-11)


def test_value_and_scores_with_a_table():
    ours, plain = objectives(2000)
    x = ours.space.start
    assert ours.value(x) == pytest.approx(plain.value(x), rel=1e-11)
    expected = plain.score_covariance(x)
    scale = np.sqrt(np.diag(expected))
    square = np.outer(scale, scale)
    np.testing.assert_allclose(
        ours.score_covariance(x) / square, expected / square, atol=1e-7
    )


def test_event_on_either_end_of_the_range():
    density = Tabulated(Gauss(MASS, jnp.asarray(91.0), jnp.asarray(10.0)))
    value, *_ = tabulated(density, jnp.array([60.0, 120.0]))
    expected = scipy.stats.norm.logpdf([60.0, 120.0], 91, 10) * 1.0
    expected -= scipy.stats.norm.logpdf(91, 91, 10)
    np.testing.assert_allclose(value, expected, atol=1e-10)


def test_density_that_ends_at_a_step():
    shape = FormulaShape(MASS, "where(mass > 77.7, exp(-mass/9), 0)")
    x = np.array([77.7 - 1e-7, 77.7 + 1e-7, 80.0, 110.0])
    value, *_ = tabulated(Tabulated(shape), jnp.asarray(x))
    np.testing.assert_allclose(value, [-np.inf, *(-x[1:] / 9)], atol=1e-8)


def test_wrapped_shape_is_the_same_density(tmp_path):
    shape = StudentT(MASS, 91.0, WIDTH, 3.0)
    density = Tabulated(shape)
    x = np.linspace(60, 120, 31)[:, None]
    np.testing.assert_allclose(
        density.log_probs(x), shape.log_probs(x), rtol=1e-9, atol=1e-9
    )
    assert normalisation_error(density) < 1e-8
    save(density, tmp_path / "model.json")
    assert load(tmp_path / "model.json") == density
    with pytest.raises(LikelyError, match="Tabulate the components"):
        Tabulated(Sum({"s": shape}, fractions=[]))


def test_panels_close_in_on_a_step():
    step = integration_error(lambda x: jnp.log(jnp.where(x > 0.3, 2.0, 1.0)))
    edges = jnp.linspace(0.0, 1.0, 5)
    panels = refined(step, edges, log_tolerance=-25.0, most=64)
    widths = np.diff(panels.edges)
    assert 4 < panels.count < 64
    assert panels.log_error < -25
    place = np.searchsorted(panels.edges, 0.3) - 1
    assert widths[place] < 1e-8
    assert (widths[panels.count :] == 0).all()


def test_panels_end_at_the_most():
    wild = integration_error(lambda x: jnp.log(2 + jnp.sin(1e5 * x)))
    panels = refined(wild, jnp.linspace(0.0, 1.0, 5), log_tolerance=-25.0, most=16)
    assert panels.count == 16
    assert panels.log_error > -25


def test_staged_derivatives_are_those_it_is_given():
    def tower(order, a, scale):
        first = scale * 3 * a**2
        return (scale * (a**3).sum(), first, jnp.diag(scale * 6 * a))[: order + 1]

    def function(a):
        return jnp.sin(staged(tower, a, jnp.asarray(2.0)))

    a = jnp.array([0.3, -0.5])
    plain = jax.hessian(lambda a: jnp.sin(2.0 * (a**3).sum()))(a)
    np.testing.assert_allclose(jax.hessian(function)(a), plain, rtol=1e-12)
    np.testing.assert_allclose(jax.jacfwd(jax.jacfwd(function))(a), plain, rtol=1e-12)
