"""Hypatia2 and the Bessel function behind it, against RooFit, SciPy and quadrature."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
import scipy.special
import scipy.stats

from likely.core import LikelyError, Observable, Parameter
from likely.distributions import Hypatia2, StudentT, load, save
from likely.distributions.bessel import BesselTable, log_bessel_k

MASS = Observable("mass", 60.0, 120.0, "GeV")
LEFT, RIGHT = (1.5, 3.0), (2.0, 4.0)
# RooHypatia2 of ROOT 6.38: x = RooRealVar("x", "x", 60, 120); RooHypatia2("h", "", x,
# lambda, zeta, beta, 2, 91, 1.5, 3, 2, 4).getVal() at AT, over that at 91.
AT = np.array([70.0, 80.0, 86.0, 89.0, 91.0, 93.0, 97.0, 104.0, 115.0])
ROOFIT = {
    (-2.5, 0.02): [
        3.2739801969569576e-05,
        0.00025668920017402926,
        0.003778332077200251,
        0.1200986798940404,
        1.0,
        0.13010134677404853,
        0.0013559542862586168,
        4.856059734527269e-05,
        3.8232894867414635e-06,
    ],
    (-1.5, 0.02, 0.3): [
        0.00048128001371849227,
        0.0031919625003744754,
        0.030219654020401106,
        0.30208654040573324,
        1.0,
        0.3272464425401997,
        0.016802719516724896,
        0.0011213987995381581,
        0.00011355390693684821,
    ],
    (1.2, -0.05, 2.0): [
        0.0017072655662419304,
        0.01038407127607603,
        0.08074143490759245,
        0.5191783414739594,
        1.0,
        0.42506727449675247,
        0.01878851832570456,
        0.000998498564845636,
        9.162090582080228e-05,
    ],
}
cores = pytest.mark.parametrize("core", ROOFIT)


def make(core, *, sigma=2.0, left=LEFT, right=RIGHT):
    def array(values):
        return tuple(jnp.asarray(v, float) for v in values)

    return Hypatia2(MASS, 91.0, sigma, array(core), array(left), array(right))


@jax.jit
def log_shapes(density, x):
    return jax.vmap(density.log_shape)(x[:, None])


@jax.jit
def log_integrals(density, lower, upper):
    return jax.vmap(density.log_integral)(lower, upper)


def log_K(order, z):
    return np.log(scipy.special.kve(order, z)) - z


@cores
def test_shape_against_roofit(core):
    got = np.asarray(log_shapes(make(core), AT))
    np.testing.assert_allclose(np.exp(got - got[4]), ROOFIT[core], rtol=1e-9)


@cores
def test_integral_of_any_interval(core):
    density = make(core)
    intervals = np.array([(60, 120), (60, 75), (88.5, 92.5), (90, 90.01), (101, 120)])
    got = np.asarray(log_integrals(density, *intervals.T))
    nodes, weights = np.polynomial.legendre.leggauss(40)
    for interval, log_integral in zip(intervals, got, strict=True):
        places = [*interval, 88.0, 95.0, *(91 + 2.0 * k for k in (-9, -4, 0, 1, 5, 9))]
        inside = [p for p in places if interval[0] <= p <= interval[1]]
        edges = np.unique(inside)
        half = 0.5 * np.diff(edges)[:, None]
        x = edges[:-1, None] + half * (1 + nodes)
        values = np.exp(log_shapes(density, x.ravel())).reshape(x.shape)
        expected = np.log((values * half * weights).sum())
        assert log_integral == pytest.approx(expected, abs=1e-9)


SLOW = [
    pytest.param(core, marks=pytest.mark.slow) if len(core) == 3 else core
    for core in ROOFIT
]


@pytest.mark.parametrize("core", SLOW)
def test_samples_follow_the_density(core):
    density = make(core)
    events = np.asarray(density.samples(jax.random.key(6), 3000))[:, 0]
    part = log_integrals(density, np.full(3000, 60.0), events)
    uniform = np.exp(np.asarray(part) - float(density.log_norm()))
    assert scipy.stats.kstest(uniform, "uniform").pvalue > 1e-4


@pytest.mark.parametrize(
    "core", [(-2.5, 0.02), pytest.param((-1.5, 0.02, 0.3), marks=pytest.mark.slow)]
)
def test_derivatives_equal_differences(core):
    x = jnp.array([60.0, 87.0, 91.0, 93.0, 110.0])
    n = len(core)

    def values(a):
        density = Hypatia2(MASS, a[0], a[1], tuple(a[6:]), (a[2], a[3]), (a[4], a[5]))
        return jnp.append(log_shapes(density, x), density.log_norm())

    a = np.array([91.2, 2.0, *LEFT, *RIGHT, *core])
    gradient = jax.jit(jax.jacfwd(values))
    hessian = np.asarray(jax.jit(jax.jacfwd(jax.jacrev(values)))(a))
    assert np.isfinite(hessian).all()

    def difference(function, i):
        step = 1e-4 * (np.arange(6 + n) == i)
        ends = [np.asarray(function(a + k * step)) for k in (-2, -1, 1, 2)]
        return (ends[0] - 8 * ends[1] + 8 * ends[2] - ends[3]) / 12e-4

    first = np.asarray(gradient(a))
    for i in range(6 + n):
        np.testing.assert_allclose(first[:, i], difference(values, i), 1e-7, 1e-8)
        np.testing.assert_allclose(hessian[:, i], difference(gradient, i), 1e-6, 1e-6)


def test_without_zeta_and_tails_it_is_student():
    sigma, dof = 2.0, 4.0
    wide = (100.0, 2.0)
    density = make(((-dof) / 2, 0.0), sigma=sigma * dof**0.5, left=wide, right=wide)
    x = np.linspace(61, 119, 9)[:, None]
    expected = StudentT(MASS, 91.0, sigma, dof).log_probs(x)
    np.testing.assert_allclose(density.log_probs(x), expected, rtol=1e-9)


def test_sigma_is_the_standard_deviation_of_the_core():
    wide = (1e3, 2.0)
    density = make((-1.0, 0.0, 8.0), sigma=1.5, left=wide, right=wide)

    def moment(power):
        def f(x):
            return (x - 91) ** power * float(
                jnp.exp(log_shapes(density, jnp.array([x])))[0]
            )

        return scipy.integrate.quad(f, 61, 119, points=[91], epsabs=1e-9)[0]

    assert moment(2) / moment(0) == pytest.approx(1.5**2, rel=1e-7)


def test_bessel_function_of_any_order_and_its_derivatives():
    rng = np.random.default_rng(1)
    nu, z = rng.uniform(-6, 6, 200), 10 ** rng.uniform(-3, 2.5, 200)
    got = jax.jit(jax.vmap(log_bessel_k))(nu, z)
    np.testing.assert_allclose(got, log_K(nu, z), rtol=1e-11, atol=1e-11)
    (aa, ab), (_, bb) = jax.jit(jax.vmap(jax.hessian(log_bessel_k, (0, 1))))(nu, z)
    # K' = nu K/z - K_(nu+1) and z^2 K'' = (z^2 + nu^2) K - z K'
    slope = nu / z - np.exp(log_K(nu + 1, z) - log_K(nu, z))
    second = 1 + (nu / z) ** 2 - slope / z - slope**2
    np.testing.assert_allclose(bb, second, rtol=1e-9, atol=1e-12 * slope.max() ** 2)
    h = 5e-3

    def middle(function):
        steps = [function(nu + k * h) for k in (-2, -1, 0, 1, 2)]
        return np.array(steps), np.array([1, -8, 0, 8, -1]) / (12 * h)

    values, first = middle(lambda order: log_K(order, z))
    twice = np.array([-1, 16, -30, 16, -1]) / (12 * h * h)
    np.testing.assert_allclose(aa, twice @ values, rtol=1e-6, atol=1e-7)
    slopes, _ = middle(
        lambda order: order / z - np.exp(log_K(order + 1, z) - log_K(order, z))
    )
    np.testing.assert_allclose(ab, first @ slopes, rtol=1e-8, atol=1e-9 / z.min())


def test_table_of_the_bessel_function():
    order, low, high = jnp.array(-2.0), jnp.array(0.3), jnp.array(9.0)
    table = BesselTable.between(order, low, high)
    z = jnp.linspace(0.3, 9.0, 50)

    def both(function):
        def value_and_more(nu, z):
            first, second = jax.grad(function, (0, 1)), jax.hessian(function, (0, 1))
            return function(nu, z), first(nu, z), second(nu, z)

        return jax.vmap(value_and_more, (None, 0))(order, z)

    leaves = zip(
        jax.tree.leaves(both(table)), jax.tree.leaves(both(log_bessel_k)), strict=True
    )
    for one, other in leaves:
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-11)


def test_it_is_saved_and_loaded(tmp_path):
    mu = Parameter("mu", 91.0, 80, 100, "GeV")
    density = Hypatia2(MASS, mu, 2.0, (-2.0, 0.0), LEFT, RIGHT)
    save(density, tmp_path / "model.json")
    assert load(tmp_path / "model.json") == density


WRONG = {
    "core=...)` takes a tuple (lambda, beta)": ((-1.0,), LEFT),
    "core=...)` must be positive; got 0": ((-1.0, 0.0, 0.0), LEFT),
    "left=...)` takes a tuple (a, n); got 1": ((-1.0, 0.0), (2.0,)),
    "left=...)` must be positive": ((-1.0, 0.0), (2.0, -1.0)),
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_argument_says_so(message):
    core, left = WRONG[message]
    with pytest.raises(LikelyError) as error:
        Hypatia2(MASS, 91.0, 2.0, core, left, RIGHT)
    assert message in str(error.value)
