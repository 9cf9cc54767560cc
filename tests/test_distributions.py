"""Every one-dimensional density, against the same laws."""

import inspect
import math

import jax
import jax.numpy as jnp
import numba_stats.crystalball_ex
import numpy as np
import pytest
import scipy.integrate
import scipy.stats
from density_cases import BUILT, CASES, ELSEWHERE, LAWS

from likely import distributions
from likely.core import LikelyError, Observable, Parameter
from likely.distributions import (
    AbstractShape,
    Argus,
    Bernstein,
    BreitWigner,
    Chebyshev,
    CrystalBall,
    DoubleCrystalBall,
    Exponential,
    Gauss,
    Legendre,
    Sum,
    Uniform,
    Voigt,
    normalisation_error,
)

MASS = Observable("mass", 60.0, 120.0, "GeV")
FAR = Observable("far", 5000.0, 6000.0)
SERIES = (Chebyshev, Legendre, Bernstein)
cases = pytest.mark.parametrize("name", CASES)


def make(cls, args, observable=MASS):
    """Return the density with arrays as arguments, so that a class compiles once."""
    values = tuple(jnp.asarray(a, float) for a in args)
    return cls(observable, values) if cls in SERIES else cls(observable, *values)


def density_of(name):
    return make(*CASES[name])


def log_density_of(name):
    cls, args = CASES[name]
    return lambda x: LAWS[cls].log_density(x, *args)


def reference_log_integral(name, lower, upper):
    """Return the log of the integral of the outside's density.

    By Gauss-Legendre on many pieces, which close in on every place where the density
    changes and on both limits, where a steep one has all of its integral.
    """
    cls, args = CASES[name]
    if "pole" in name:
        low, high = LAWS[cls].cdf(np.array([lower, upper]), *args)
        return np.log(high - low)
    steps = (upper - lower) * 2.0 ** -np.arange(1, 45)
    places = np.concatenate([LAWS[cls].places(*args), lower + steps, upper - steps])
    edges = np.unique([lower, *places[(places > lower) & (places < upper)], upper])
    nodes, weights = np.polynomial.legendre.leggauss(40)
    half = 0.5 * np.diff(edges)[:, None]
    logs = log_density_of(name)(edges[:-1, None] + half * (1 + nodes))
    top = logs.max()
    return top + np.log((np.exp(logs - top) * half * weights).sum())


@jax.jit
def log_probs(density, x):
    return jax.vmap(density.log_prob)(x[:, None])


@jax.jit
def log_integral(density, lower, upper):
    return density.log_integral(lower, upper)


@jax.jit
def cdf(density, x):
    lower = density.observable.lower
    part = jax.vmap(lambda x: density.log_integral(lower, x))(x)
    return jnp.exp(part - density.log_norm())


@jax.jit
def draws(density, keys):
    return jax.vmap(density.sample)(keys)


def _shapes(cls, args, x):
    density = make(cls, tuple(args))
    return jax.vmap(density.log_shape)(x[:, None])


def _values(cls, args, x, lower, upper):
    """Return the shape at some events and two integrals, as functions of an array."""
    integral = make(cls, tuple(args)).log_integral
    limits = jnp.array([60.0, lower]), jnp.array([120.0, upper])
    return jnp.append(_shapes(cls, args, x), jax.vmap(integral)(*limits))


values = jax.jit(_values, static_argnums=0)
gradients = jax.jit(jax.jacfwd(_values, 1), static_argnums=0)
hessians = jax.jit(jax.jacfwd(jax.jacfwd(_values, 1), 1), static_argnums=0)
# A likelihood takes the derivatives at the events forward over reverse.
reverse_hessians = jax.jit(jax.jacfwd(jax.jacrev(_shapes, 1), 1), static_argnums=0)


def inside(name):
    """Return an interval and three events of it, where the density is not zero."""
    cls, args = CASES[name]
    upper = min(MASS.upper, args[0]) if cls is Argus else MASS.upper
    lower, upper = 60 + 0.21 * (upper - 60), 60 + 0.83 * (upper - 60)
    return lower, upper, jnp.linspace(lower, upper, 3)


def test_every_shape_has_cases_and_a_law():
    public = {
        kind
        for _, kind in inspect.getmembers(distributions, inspect.isclass)
        if issubclass(kind, AbstractShape) and not inspect.isabstract(kind)
    }
    assert public == {BUILT.get(kind, kind) for kind in LAWS} | set(ELSEWHERE)
    assert set(LAWS) == {cls for cls, _ in CASES.values()}


@cases
def test_log_prob_against_an_outside_density(name):
    x = np.linspace(60.5, 119.5, 24)
    expected = log_density_of(name)(x) - reference_log_integral(name, 60.0, 120.0)
    got = np.asarray(log_probs(density_of(name), x))
    # At the far end of a tail the logarithm is large, and so is its rounding.
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-9)


# Not those with a pole, which QUADPACK warns of: their CDF is compared instead.
@pytest.mark.parametrize("name", [name for name in CASES if "pole" not in name])
def test_integrates_to_one(name):
    density = density_of(name)
    cls, args = CASES[name]
    places = [p for p in LAWS[cls].places(*args) if 60 < p < 120]
    # On shorter pieces the rounding of x is what QUADPACK warns of.
    edges = np.unique(np.round([60.0, *places, 120.0], 7))

    def f(x):
        return float(jnp.exp(log_probs(density, jnp.asarray([x]))[0]))

    pairs = zip(edges[:-1], edges[1:], strict=True)
    total = sum(scipy.integrate.quad(f, a, b, epsabs=1e-9)[0] for a, b in pairs)
    assert total == pytest.approx(1, abs=1e-6)


@cases
@pytest.mark.parametrize(
    "interval", [(60.0, 75.0), (88.5, 92.5), (101.0, 120.0), (97.0, 97.01)]
)
def test_integral_of_any_interval(name, interval):
    cls, args = CASES[name]
    got = float(log_integral(density_of(name), *interval))
    if cls is Argus and args[0] <= interval[0]:
        assert got == -math.inf
        return
    # Both are known up to the constant that the whole range fixes.
    got -= float(log_integral(density_of(name), 60.0, 120.0))
    expected = reference_log_integral(name, *interval)
    expected -= reference_log_integral(name, 60.0, 120.0)
    assert got == pytest.approx(expected, rel=1e-12, abs=1e-9)


@cases
def test_integral_of_an_empty_interval_is_zero(name):
    assert float(log_integral(density_of(name), 80.0, 80.0)) == -math.inf


# Their second derivatives take up to a minute to compile.
LARGE = ("Landau", "CMSShape", "ExponentiallyModifiedGauss", "Bukin")


def _is_large(name):
    return CASES[name][0].__name__ in LARGE


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow) if _is_large(name) else name
        for name in CASES
    ],
)
def test_gradient_and_hessian_equal_finite_differences(name):
    cls, args = CASES[name]
    if not args:
        return
    lower, upper, x = inside(name)

    args = np.array(args)
    scales = np.abs(LAWS[cls].scales(*args))
    first = np.asarray(gradients(cls, args, x, lower, upper)) * scales
    second = np.asarray(hessians(cls, args, x, lower, upper))
    second = second * scales * scales[:, None]
    assert np.isfinite(first).all()
    assert np.isfinite(second).all()

    def difference(function, i):
        """Return the derivative in units of the scale, to fourth order."""

        def at(part):
            shifted = args + part * scales * (np.arange(len(args)) == i)
            return np.asarray(function(cls, shifted, x, lower, upper))

        h = 3e-4
        return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)

    for i in range(len(args)):
        size = np.maximum(np.abs(first).max(axis=1), 1.0)
        np.testing.assert_allclose(
            first[:, i] / size, difference(values, i) / size, rtol=1e-6, atol=1e-7
        )
        size = np.maximum(np.abs(second).max(axis=(1, 2)), size)[:, None]
        rows = difference(gradients, i) * scales
        np.testing.assert_allclose(
            second[:, i] / size, rows / size, rtol=1e-6, atol=1e-7
        )


# One case a class; the others take minutes to compile.
PLAIN = [
    name
    if name == CASES[name][0].__name__ and not _is_large(name)
    else pytest.param(name, marks=pytest.mark.slow)
    for name in CASES
]


@pytest.mark.parametrize("name", PLAIN)
def test_hessian_is_the_same_in_either_mode(name):
    cls, args = CASES[name]
    if not args:
        return
    lower, upper, x = inside(name)
    one = hessians(cls, np.array(args), x, lower, upper)[:3]
    other = reverse_hessians(cls, np.array(args), x)
    scale = np.abs(one).max()
    np.testing.assert_allclose(one / scale, other / scale, rtol=1e-9, atol=1e-12)


@cases
def test_zero_outside_the_range(name):
    outside = jnp.array([-10.0, 0.0, 59.999, 120.001, 1e5])
    assert (log_probs(density_of(name), outside) == -math.inf).all()


@cases
def test_samples_follow_the_density(name):
    events = draws(density_of(name), jax.random.split(jax.random.key(3), 4000))
    assert events.shape == (4000, 1)
    assert ((events >= MASS.lower) & (events <= MASS.upper)).all()
    uniform = np.asarray(cdf(density_of(name), events[:, 0]))
    # 150 cases at a level of 1e-4: one failure in 60 sets of seeds.
    assert scipy.stats.kstest(uniform, "uniform").pvalue > 1e-4


def test_steep_exponential_far_from_zero():
    density = make(Exponential, (-1.0,), FAR)
    expected = scipy.stats.truncexpon.logpdf([5000.0, 5003.0, 5990.0], 1000, loc=5000)
    np.testing.assert_allclose(
        log_probs(density, jnp.array([5000.0, 5003.0, 5990.0])), expected, atol=1e-9
    )
    # The mean of x is 5001, its variance 1: the derivatives of the log-integral.
    slope = jnp.asarray(-1.0)

    def log_norm(slope):
        return make(Exponential, (slope,), FAR).log_norm()

    assert jax.grad(log_norm)(slope) == pytest.approx(5001 - 5500, rel=1e-12)
    assert jax.hessian(log_norm)(slope) == pytest.approx(1, rel=1e-9)


def test_double_crystal_ball_against_numba_stats():
    args = (1.2, 3.0, 2.0, 2.0, 1.7, 2.0, 91.0)
    x = np.linspace(61.0, 119.0, 9)
    inside = np.diff(numba_stats.crystalball_ex.cdf(np.array([60.0, 120.0]), *args))
    expected = numba_stats.crystalball_ex.logpdf(x, *args) - np.log(inside)
    got = log_probs(make(DoubleCrystalBall, (91.0, 2.0, 1.2, 3.0, 2.0, 1.7)), x)
    np.testing.assert_allclose(got, expected, rtol=1e-9)


def test_argus_against_scipy():
    chi, endpoint = 2.0, 110.0
    x = np.linspace(61.0, 109.9, 9)
    argus = scipy.stats.argus(chi, scale=endpoint)
    expected = argus.logpdf(x) - np.log(argus.sf(60.0))
    got = log_probs(make(Argus, (endpoint, -0.5 * chi**2)), x)
    np.testing.assert_allclose(got, expected, rtol=1e-9)


def test_crystal_ball_of_a_large_n_is_an_exponential_tail():
    density = make(CrystalBall, (100.0, 1.0, 2.0, 1e9))
    x = jnp.array([70.0, 80.0, 90.0])
    steps = np.diff(np.asarray(log_probs(density, x)))
    np.testing.assert_allclose(steps, 20.0, rtol=1e-6)


@pytest.mark.parametrize("endpoint", [60.0, 59.0, 1.0])
def test_argus_that_ends_below_the_range_is_zero(endpoint):
    args, x = np.array([endpoint, -3.0]), jnp.array([61.0, 90.0, 119.0])
    assert (values(Argus, args, x, 70.0, 80.0) == -math.inf).all()
    assert not np.isnan(gradients(Argus, args, x, 70.0, 80.0)).any()
    assert not np.isnan(hessians(Argus, args, x, 70.0, 80.0)).any()
    density = make(Argus, args)
    assert (log_probs(density, x) == -math.inf).all()
    assert (log_probs(density, jnp.array([1e-3, 50.0, 130.0])) == -math.inf).all()
    gradient = jax.jit(jax.jacrev(log_probs))(density, x)
    assert all(np.isfinite(part).all() for part in jax.tree.leaves(gradient))
    mixture = Sum({"end": density, "flat": Uniform(MASS)}, fractions=[0.25])
    expected = np.log(0.75 / 60)
    np.testing.assert_allclose(mixture.log_probs(x[:, None]), expected, rtol=1e-12)


@pytest.mark.parametrize(("cls", "args"), [(Chebyshev, [-1.5]), (Bernstein, [1, -0.5])])
def test_negative_polynomial_is_zero_density(cls, args):
    args, x = np.array(args, float), jnp.array([61.0, 70.0, 119.0])
    got = np.asarray(values(cls, args, x, 61.0, 70.0))
    assert got[2] == -math.inf
    assert np.isfinite(np.delete(got, 2)).all()
    assert np.isfinite(gradients(cls, args, x, 61.0, 70.0)).all()
    assert np.isfinite(hessians(cls, args, x, 61.0, 70.0)).all()


def test_voigt_without_a_width_is_the_gauss():
    args, x = np.array([91.0, 0.0, 2.0]), jnp.linspace(60, 120, 7)
    expected = scipy.stats.norm.logpdf(x, 91, 2)
    got = values(Voigt, args, x, 88.0, 95.0)
    assert np.isfinite(got).all()
    np.testing.assert_allclose(got[:7] - got[3], expected - expected[3], atol=1e-9)
    assert np.isfinite(gradients(Voigt, args, x, 88.0, 95.0)).all()


@pytest.mark.parametrize("ratio", [1e-3, 0.1, 1.0, 10.0, 1e3])
@pytest.mark.parametrize("mu", [-400.0, 59.0, 91.0, 121.0])
def test_normalisation_error_of_the_voigt(ratio, mu):
    width = 2.0 if ratio < 1 else 2.0 / ratio
    density = make(Voigt, (mu, width, ratio * width))
    assert normalisation_error(density) < 1e-10


def test_normalisation_error_is_zero_with_a_closed_form():
    model = (make(Gauss, (91.0, 2.0)), make(Argus, (130.0, -3.0)))
    assert normalisation_error(model) == 0.0


def test_normalisation_error_notices_what_the_nodes_do_not_resolve():
    gauss = make(Gauss, (20.0, 1.0))
    density = make(Voigt, (20.0, 1e-300, 1.0))
    error = abs(math.expm1(density.log_norm() - gauss.log_norm()))
    assert 1e-6 < error < normalisation_error(density)


MU, SIGMA = Parameter("mu", 91.0, 80, 100), Parameter("sigma", 2.0, 0.1, 5)
C1, C2 = Parameter("c1", 0.3), Parameter("c2", -0.2)


def test_parameters_and_formulas_are_resolved():
    x = jnp.linspace(61, 119, 5)[:, None]
    for free, fixed in (
        (Gauss(MASS, MU + 1.0, 2 * SIGMA), Gauss(MASS, 92.0, 4.0)),
        (Chebyshev(MASS, [C1, C2]), Chebyshev(MASS, (0.3, -0.2))),
    ):
        np.testing.assert_array_equal(free.log_probs(x), fixed.log_probs(x))


def test_one_event_of_a_density_with_parameters_says_what_to_use():
    with pytest.raises(LikelyError, match="use `log_probs"):
        Gauss(MASS, MU, SIGMA).log_prob(jnp.array([91.0]))


WRONG = {
    "sigma=...)` must be positive; got -1": lambda: Gauss(MASS, 91.0, -1.0),
    "got 0, the value of parameter `w`": lambda: BreitWigner(
        MASS, 91.0, Parameter("w", 0.0)
    ),
    "got -2, the value of a formula": lambda: Gauss(MASS, 91.0, -1.0 * SIGMA),
    "width=...)` must be positive": lambda: Voigt(MASS, 91.0, 0.0, 1.0),
    "n=...)` must be positive": lambda: CrystalBall(MASS, 91.0, 1.0, 1.0, -2.0),
    "alpha=...)` must not be zero": lambda: CrystalBall(MASS, 91.0, 1.0, 0.0, 2.0),
    "alpha_right=...)` must be positive": lambda: DoubleCrystalBall(
        MASS, 91.0, 1.0, 1.0, 2.0, -1.0, 2.0
    ),
    "endpoint=...)` must be positive": lambda: Argus(MASS, -5.0, 1.0),
    "mu=...)` must be finite": lambda: Gauss(MASS, math.nan, 1.0),
    "array of shape": lambda: Gauss(MASS, np.zeros(3), 1.0),
    "takes a number or a parameter; got bool": lambda: Exponential(MASS, True),
    "at least one number": lambda: Chebyshev(MASS, ()),
    "tuple of at least one": lambda: Bernstein(MASS, 0.5),
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_argument_says_so(message):
    with pytest.raises(LikelyError) as error:
        WRONG[message]()
    assert message in str(error.value)


def test_traced_arguments_are_not_checked():
    def log_norm(sigma):
        return Gauss(MASS, 91.0, sigma).log_norm()

    assert np.isnan(jax.jit(log_norm)(-1.0))
    assert np.isfinite(jax.vmap(log_norm)(jnp.array([1.0, 2.0]))).all()


def test_a_tree_of_anything_can_be_built():
    density = Gauss(MASS, MU, SIGMA)
    names = jax.tree.map(lambda parameter: parameter.name, density)
    assert (names.mu, names.sigma) == ("mu", "sigma")
