"""Decay-time densities: against quadrature and RooFit, and as events have them."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.interpolate
import scipy.stats

from likely.core import Column, LikelyError, Observable, Parameter
from likely.distributions import (
    Conditional,
    Decay,
    Exponential,
    ExponentialDecay,
    ExponentiallyModifiedGauss,
    OscillatingDecay,
    cp_decay,
    load,
    mixing_decay,
    save,
)

TIME = Observable("t", -1.0, 12.0, "ps")
KNOTS = (-1.0, 0.3, 1.0, 2.0, 5.0, 12.0)
VALUES = (0.1, 0.2, 0.5, 0.8, 1.0, 0.9, 1.1, 0.7)
# tau, delta_gamma, cosh, sinh, delta_m, cos, sin, bias, sigma
ARGUMENTS = (1.5, 0.2, 1.0, 0.3, 0.6, 0.5, -0.4, 0.02, 0.08)


def decay(a, kind="full"):
    """Return the density with everything, less what the kind leaves out."""
    tau, delta_gamma, cosh, sinh, delta_m, cos, sin, bias, sigma = a
    return Decay(
        TIME,
        tau,
        (delta_gamma, cosh, sinh),
        (delta_m, cos, sin),
        () if "perfect" in kind else (bias, sigma),
        () if "flat" in kind else KNOTS,
        () if "flat" in kind else VALUES,
    )


def true_decay(t):
    """Return the decay without resolution and acceptance, from its definition."""
    tau, delta_gamma, cosh, sinh, delta_m, cos, sin, *_ = ARGUMENTS
    return np.exp(-t / tau) * (
        cosh * np.cosh(delta_gamma * t / 2)
        + sinh * np.sinh(delta_gamma * t / 2)
        + cos * np.cos(delta_m * t)
        + sin * np.sin(delta_m * t)
    )


def smeared(t):
    """Return the convolution with the resolution by quadrature."""
    *_, bias, sigma = ARGUMENTS
    start = t - bias
    # From where the Gaussian begins, or else where it is highest.
    first = max(start - 12 * sigma, 0.0)
    edges = first + sigma * np.array([0, 0.1, 0.3, 1, 2, *range(3, 25)])
    return quadrature(
        lambda u: true_decay(u) * scipy.stats.norm.pdf(start - u, 0, sigma), edges
    )


def quadrature(function, edges):
    nodes, weights = np.polynomial.legendre.leggauss(30)
    half = 0.5 * np.diff(edges)[:, None]
    at = edges[:-1, None] + half * (1 + nodes)
    return (np.reshape(function(at.ravel()), at.shape) * half * weights).sum()


def acceptance(t):
    padded = np.pad(np.array(KNOTS), 3, mode="edge")
    return scipy.interpolate.BSpline(padded, VALUES, 3)(t)


@jax.jit
def log_shapes(density, t):
    return jax.vmap(density.log_shape)(t[:, None])


@jax.jit
def log_integrals(density, lower, upper):
    return jax.vmap(density.log_integral)(lower, upper)


def test_value_is_the_convolution():
    t = np.array([-0.9, -0.3, -0.02, 0.05, 0.3, 1.0, 5.0, 11.5])
    expected = np.log([smeared(x) for x in t])
    got = log_shapes(decay(ARGUMENTS, "flat"), t)
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-11)
    got = log_shapes(decay(ARGUMENTS), t) - got
    np.testing.assert_allclose(got, np.log(acceptance(t)), rtol=1e-9)


def test_value_without_resolution():
    t = np.array([-0.5, -1e-9, 0.0, 0.4, 3.0, 11.0])
    got = log_shapes(decay(ARGUMENTS, "perfect, flat"), t)
    assert (got[:2] == -math.inf).all()
    expected = np.log(true_decay(t[2:]))
    np.testing.assert_allclose(got[2:], expected, rtol=1e-9, atol=1e-12)


def test_against_roofit():
    """RooBDecay (SingleSided) with RooGaussModel, of ROOT 6.38.

    t = RooRealVar("t", "t", -1, 12); RooBDecay("f", "", t, tau, dgamma, f0, f1, f2, f3,
    dm, RooGaussModel("g", "", t, bias, sigma), RooBDecay.SingleSided) with ARGUMENTS,
    then `getVal(RooArgSet(t))` at these times.
    """
    t = np.array([-0.15, 0.0, 0.1, 1.0, 4.0, 11.0])
    expected = [
        0.01432445994546203,
        0.3346255756230937,
        0.6761016771451028,
        0.3728302028738513,
        0.023189091546084055,
        0.0009348620413697292,
    ]
    got = jnp.exp(decay(ARGUMENTS, "flat").log_probs(t[:, None]))
    np.testing.assert_allclose(got, expected, rtol=1e-9)


KINDS = ["full", "flat", "perfect", "perfect, flat"]
INTERVALS = np.array([(-1, 12), (-0.4, -0.1), (0.01, 0.03), (3, 3.01), (8, 12)])


@pytest.mark.parametrize("kind", KINDS)
def test_integral_of_any_interval(kind):
    density = decay(ARGUMENTS, kind)
    got = np.asarray(log_integrals(density, *INTERVALS.T))
    for interval, log_integral in zip(INTERVALS, got, strict=True):
        if "perfect" in kind and interval[1] <= 0:
            assert log_integral == -math.inf
            continue
        near = 0.02 + 0.08 * np.array([-8, -6, -4, -2, 0, 2, 4, 6, 8])
        places = np.concatenate([np.linspace(*interval, 9), near, KNOTS, [0.0]])
        inside = (places >= interval[0]) & (places <= interval[1])
        edges = np.unique(places[inside])
        total = quadrature(lambda t: np.exp(log_shapes(density, t)), edges)
        assert log_integral == pytest.approx(np.log(total), abs=1e-9)


def test_integral_of_an_empty_interval_is_zero():
    got = log_integrals(decay(ARGUMENTS), jnp.array([2.0, 3.0]), jnp.array([2.0, 2.5]))
    assert (got == -math.inf).all()


def test_knots_a_hundredth_of_a_lifetime_apart():
    """A constant acceptance changes nothing, however it is cut."""
    short = Observable("t", -0.2, 0.4, "ps")
    groups = (0.2, 1.0, 0.3), (0.6, 0.5, -0.4), (0.02, 0.08)
    knots = tuple(np.linspace(-0.2, 0.4, 41))
    one = Decay(short, 1.5, *groups)
    cut = Decay(short, 1.5, *groups, knots, (1.0,) * 43)
    for limits in (-0.2, 0.4), (-0.13, 0.31):
        expected = log_integrals(one, *np.array(limits)[:, None])
        got = log_integrals(cut, *np.array(limits)[:, None])
        np.testing.assert_allclose(got, expected, rtol=1e-9)


def test_derivatives_equal_differences_and_are_finite_at_the_ends():
    t = jnp.array([-1.0, -0.1, 0.02, 0.4, 12.0])

    def values(a):
        density = decay(a)
        return jnp.append(log_shapes(density, t), density.log_norm())

    a, scales = np.array(ARGUMENTS), np.array([1, 1, 1, 1, 1, 1, 1, 0.05, 0.05])
    gradient = jax.jit(jax.jacfwd(values))
    hessian = np.asarray(jax.jit(jax.jacfwd(jax.jacrev(values)))(a))
    assert np.isfinite(hessian).all()
    hessian = hessian * scales[:, None] * scales

    def difference(function, i):
        step = 1e-4 * scales * (np.arange(9) == i)
        ends = [np.asarray(function(a + k * step)) for k in (-2, -1, 1, 2)]
        return (ends[0] - 8 * ends[1] + 8 * ends[2] - ends[3]) / 12e-4

    first = np.asarray(gradient(a)) * scales
    for i in range(9):
        np.testing.assert_allclose(first[:, i], difference(values, i), 1e-7, 1e-7)
        rows = difference(gradient, i) * scales
        np.testing.assert_allclose(hessian[:, i], rows, rtol=1e-6, atol=1e-6)


# Lifetime, frequency, bias, width: none of them is ever not a number.
EXTREMES = {
    "far below the start": (1.5, 0.6, 40.0, 0.05),
    "far above the start": (0.05, 0.6, -1.0, 0.05),
    "no oscillation": (1.5, 0.0, 0.0, 0.05),
    "washed out": (1.5, 300.0, 0.0, 0.5),
    "a tiny resolution": (1.5, 0.6, 0.0, 1e-9),
    "mostly resolution": (1e-3, 0.6, 0.0, 0.5),
    "a long lifetime": (1e6, 0.6, 0.0, 0.05),
}


@jax.jit
def extreme(a):
    tau, delta_m, bias, sigma = a

    def value(a):
        tau, delta_m, bias, sigma = a
        density = OscillatingDecay(TIME, tau, delta_m, 0.5, -0.4, bias, sigma)
        return jax.vmap(density.log_prob)(jnp.array([[-1.0], [0.0], [0.7], [12.0]]))

    return value(a), jax.jacfwd(value)(a), jax.jacfwd(jax.jacrev(value))(a)


@pytest.mark.parametrize("name", EXTREMES)
def test_derivatives_are_finite_at_limits(name):
    value, first, second = extreme(np.array(EXTREMES[name]))
    assert np.isfinite(first).all()
    assert np.isfinite(second).all()
    assert not np.isnan(value).any()


def test_special_cases_agree():
    t = np.linspace(-0.9, 11.9, 13)[:, None]
    smeared = ExponentialDecay(TIME, 1.5, 0.02, 0.08).log_probs(t)
    for other in (
        ExponentiallyModifiedGauss(TIME, 0.02, 0.08, 1 / 1.5),
        Decay(TIME, 1.5, resolution=(0.02, 0.08)),
        Decay(TIME, 1.5, (0.0, 1.0, 0.3), (0.0, 0.0, 0.7), (0.02, 0.08)),
        OscillatingDecay(TIME, 1.5, 0.6, 0.0, 0.0, 0.02, 0.08),
    ):
        np.testing.assert_allclose(other.log_probs(t), smeared, rtol=1e-9, atol=1e-9)
    late = Observable("t", 0.3, 12.0, "ps")
    exact, slope = Decay(late, 1.5), Exponential(late, -1 / 1.5)
    x = np.linspace(0.4, 11.9, 7)[:, None]
    np.testing.assert_allclose(exact.log_probs(x), slope.log_probs(x), rtol=1e-9)


@pytest.mark.parametrize("kind", ["full", "perfect"])
def test_samples_follow_the_density(kind):
    density = decay(ARGUMENTS, kind)
    events = np.asarray(density.samples(jax.random.key(4), 4000))[:, 0]
    assert ((events >= TIME.lower) & (events <= TIME.upper)).all()
    part = log_integrals(density, np.full(4000, TIME.lower), events)
    uniform = np.exp(np.asarray(part) - float(density.log_norm()))
    assert scipy.stats.kstest(uniform, "uniform").pvalue > 1e-4


def test_flavour_tags():
    x = np.linspace(-0.5, 11, 9)[:, None]
    for tag in (-1, 0, 1):
        mixing = mixing_decay(TIME, 1.5, 0.5, tag, 0.3, 0.0, 0.05)
        expected = OscillatingDecay(TIME, 1.5, 0.5, tag * 0.4, 0.0, 0.0, 0.05)
        np.testing.assert_allclose(mixing.log_probs(x), expected.log_probs(x))
    S, C = 0.7, 0.1
    rates = [
        np.exp(log_shapes(_cp(TIME, S, C, tag), np.linspace(0.5, 11, 7)))
        for tag in (-1, 1)
    ]
    # Far from the start the resolution only dilutes and does not delay.
    t, sigma, delta_m = np.linspace(0.5, 11, 7), 1e-3, 0.5
    expected = S * np.sin(delta_m * t) - C * np.cos(delta_m * t)
    asymmetry = (rates[0] - rates[1]) / (rates[0] + rates[1])
    np.testing.assert_allclose(asymmetry, 0.4 * expected, atol=sigma**2)


def _cp(time, S, C, tag):
    return cp_decay(time, 1.5, 0.5, (S, C), (tag, 0.3), (0.0, 1e-3))


def test_every_event_with_its_own_tag_mistag_and_resolution():
    S = Parameter("S", 0.7, -1, 1)
    sigma = Parameter("scale", 1.2, 0.5, 2) * Column("sigma_t")
    tagging = Column("tag"), Column("mistag")
    density = Conditional(cp_decay(TIME, 1.5, 0.5, (S, 0.0), tagging, (0.0, sigma)))
    columns = {"tag": -1.0, "mistag": 0.2, "sigma_t": 0.06}
    given = [columns[name] for name in density.given]
    t = np.linspace(-0.9, 11.9, 6)
    events = np.column_stack([t, np.tile(given, (6, 1))])
    own = cp_decay(TIME, 1.5, 0.5, (0.7, 0.0), (-1.0, 0.2), (0.0, 0.072))
    got = density.log_probs(events)
    np.testing.assert_allclose(got, own.log_probs(t[:, None]), rtol=1e-10)


def test_a_decay_is_saved_and_loaded(tmp_path):
    tau = Parameter("tau", 1.5, 0.5, 3, "ps")
    density = Decay(TIME, tau, (), (0.5, 1.0, 0.0), (0.0, 0.05), KNOTS, VALUES)
    save(density, tmp_path / "model.json")
    assert load(tmp_path / "model.json") == density


WRONG = {
    "tau=...)` must be positive; got -1": lambda: Decay(TIME, -1.0),
    "takes a tuple (delta_m, cos, sin); got 2": lambda: Decay(TIME, 1, (), (1, 2)),
    "takes a tuple (bias, sigma); got 1": lambda: Decay(TIME, 1, (), (), (0.05,)),
    "resolution=...)` must be positive": lambda: Decay(TIME, 1, (), (), (0, 0.0)),
    "must be rising times that cover": lambda: Decay(
        TIME, 1, knots=(0.0, 12.0), acceptance=(1,) * 4
    ),
    "cover the range of `t`, [-1, 12]; got (-1": lambda: Decay(
        TIME, 1, knots=(-1, 3, 2, 12), acceptance=(1,) * 6
    ),
    "2 knots has 4 coefficients; got 3": lambda: Decay(
        TIME, 1, knots=(-1, 12), acceptance=(1,) * 3
    ),
    "no times below zero": lambda: Decay(Observable("t", -2.0, -1.0), 1.0),
    "sigma=...)` must be positive": lambda: ExponentialDecay(TIME, 1.0, 0.0, 0.0),
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_argument_says_so(message):
    with pytest.raises(LikelyError) as error:
        WRONG[message]()
    assert message in str(error.value)
