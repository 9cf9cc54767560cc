"""The angles of K* mu mu, against the formula of the paper and quadrature."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from likely.core import LikelyError, Observable, Parameter
from likely.distributions import KStarMuMu, Sum, load, save
from likely.fit import Likelihood

COS_L = Observable("cos_theta_l", -1.0, 1.0)
COS_K = Observable("cos_theta_k", -1.0, 1.0)
PHI = Observable("phi", -math.pi, math.pi)
SPHERE = (COS_L, COS_K, PHI)
CUTS = (
    Observable("cos_theta_l", -0.3, 0.9),
    Observable("cos_theta_k", -1.0, 0.4),
    Observable("phi", 0.5, 4.0),
)
# F_L, A_FB, S3, S4, S5, S7, S8, S9
ARGUMENTS = (0.65, -0.05, 0.05, -0.1, -0.15, 0.03, -0.02, 0.04)


def density(a=ARGUMENTS, observables=SPHERE):
    return KStarMuMu(observables, a[0], a[1], tuple(a[2:]))


def outside(x, a=ARGUMENTS):
    """Return equation 1 of arXiv:1512.04442, in the angles themselves."""
    l, k = np.arccos(x[..., 0]), np.arccos(x[..., 1])
    phi = x[..., 2]
    F_L, A_FB, S3, S4, S5, S7, S8, S9 = a
    sin = np.sin
    total = 0.75 * (1 - F_L) * sin(k) ** 2 + F_L * np.cos(k) ** 2
    total += 0.25 * (1 - F_L) * sin(k) ** 2 * np.cos(2 * l)
    total -= F_L * np.cos(k) ** 2 * np.cos(2 * l)
    total += S3 * sin(k) ** 2 * sin(l) ** 2 * np.cos(2 * phi)
    total += S4 * sin(2 * k) * sin(2 * l) * np.cos(phi)
    total += S5 * sin(2 * k) * sin(l) * np.cos(phi)
    total += 4 / 3 * A_FB * sin(k) ** 2 * np.cos(l)
    total += S7 * sin(2 * k) * sin(l) * sin(phi)
    total += S8 * sin(2 * k) * sin(2 * l) * sin(phi)
    total += S9 * sin(k) ** 2 * sin(l) ** 2 * sin(2 * phi)
    return 9 / (32 * math.pi) * total


def grid(observables, n=40):
    """Return nodes and weights of a product rule; in theta, sine is no root."""
    axes = []
    for o in observables:
        nodes, weights = np.polynomial.legendre.leggauss(n)
        if o.name == "phi":
            half = 0.5 * (o.upper - o.lower)
            axes.append((o.lower + half * (1 + nodes), half * weights))
            continue
        low, high = np.arccos(o.upper), np.arccos(o.lower)
        theta = low + 0.5 * (high - low) * (1 + nodes)
        axes.append((np.cos(theta), 0.5 * (high - low) * weights * np.sin(theta)))
    x = np.stack(np.meshgrid(*(a for a, _ in axes), indexing="ij"), axis=-1)
    w = np.einsum("i,j,k->ijk", *(b for _, b in axes))
    return x, w


@pytest.mark.parametrize("observables", [SPHERE, CUTS], ids=["sphere", "cuts"])
def test_density_and_its_normalisation(observables):
    x, w = grid(observables)
    total = (outside(x) * w).sum()
    if observables is SPHERE:
        assert total == pytest.approx(1, rel=1e-12)
    got = np.exp(density(observables=observables).log_probs(x.reshape(-1, 3)))
    np.testing.assert_allclose(got, outside(x).ravel() / total, rtol=1e-9)
    assert (got * w.ravel()).sum() == pytest.approx(1, abs=1e-9)


def test_zero_outside_the_ranges_and_where_it_is_negative():
    beyond = [[0.95, 0.0, 1.0], [0.0, 0.5, 1.0], [0.0, 0.0, 0.4]]
    assert (density(observables=CUTS).log_probs(np.array(beyond)) == -math.inf).all()
    a = (0.65, 0.9, *ARGUMENTS[2:])
    x = np.array([[-0.9, 0.0, 0.3], [0.9, 0.0, 0.3]])
    assert outside(x, a)[0] < 0
    got = density(a).log_probs(x)
    assert got[0] == -math.inf
    assert got[1] == pytest.approx(np.log(outside(x, a)[1]), rel=1e-9)
    gradient = jax.jacrev(lambda a: density(a).log_shape(jnp.asarray(x[0])))
    assert np.isfinite(gradient(jnp.array(a))).all()


@pytest.mark.parametrize("observables", [SPHERE, CUTS], ids=["sphere", "cuts"])
def test_samples_follow_the_density(observables):
    n = 20_000
    events = np.asarray(density(observables=observables).samples(jax.random.key(2), n))
    for values, o in zip(events.T, observables, strict=True):
        assert ((values >= o.lower) & (values <= o.upper)).all()
    # Three angles at once: counts in 5 x 5 x 5 boxes.
    edges = [np.linspace(o.lower, o.upper, 6) for o in observables]
    counts = np.histogramdd(events, edges)[0]
    expected = np.empty((5, 5, 5))
    for i in np.ndindex(5, 5, 5):
        box = [
            Observable(o.name, edges[axis][i[axis]], edges[axis][i[axis] + 1])
            for axis, o in enumerate(observables)
        ]
        x, w = grid(box, 6)
        expected[i] = (outside(x) * w).sum()
    expected *= n / expected.sum()
    assert scipy.stats.chisquare(counts.ravel(), expected.ravel()).pvalue > 1e-4
    for values, axis in zip(events.T, range(3), strict=True):
        marginal = np.sort(values)
        x, w = grid(observables, 60)
        others = tuple(i for i in range(3) if i != axis)
        at = x.take(0, others[0]).take(0, others[1] - 1)[:, axis]
        order = np.argsort(at)
        mass = (outside(x) * w).sum(axis=others)[order]
        below = (np.cumsum(mass) - 0.5 * mass) / mass.sum()
        uniform = np.interp(marginal, at[order], below)
        assert scipy.stats.kstest(uniform, "uniform").pvalue > 1e-4


def test_likelihood_has_the_derivatives_of_the_formula():
    """Linear in its coefficients: the Hessian of log p is minus the scores squared."""
    events = np.asarray(density().samples(jax.random.key(5), 500))
    names = ("FL", "AFB", "S3", "S4", "S5", "S7", "S8", "S9")
    a = [Parameter(n, v, -1, 1) for n, v in zip(names, ARGUMENTS, strict=True)]
    objective = Likelihood().objective(density(a), events)
    found = objective.derivatives(np.array(ARGUMENTS))
    zero = outside(events, (0,) * 8)
    basis = np.stack([outside(events, row) - zero for row in np.eye(8)])
    scores = basis / outside(events)
    assert found.value == pytest.approx(-np.log(outside(events)).sum(), rel=1e-12)
    np.testing.assert_allclose(
        found.gradient, -scores.sum(axis=1), rtol=1e-9, atol=1e-9
    )
    np.testing.assert_allclose(found.hessian, scores @ scores.T, rtol=1e-9, atol=1e-7)


def test_a_mixture_with_another_angular_density():
    isotropic = density((1 / 3, 0, 0, 0, 0, 0, 0, 0))
    mixture = Sum({"signal": density(), "flat": isotropic}, fractions=[0.6])
    x = np.array([[0.1, 0.5, 1.0], [-0.7, 0.2, -2.0]])
    expected = 0.6 * outside(x) + 0.4 * outside(x, (1 / 3, 0, 0, 0, 0, 0, 0, 0))
    np.testing.assert_allclose(np.exp(mixture.log_probs(x)), expected, rtol=1e-9)


def test_it_is_saved_and_loaded(tmp_path):
    model = density((Parameter("FL", 0.6, 0, 1), *ARGUMENTS[1:]))
    save(model, tmp_path / "model.json")
    assert load(tmp_path / "model.json") == model


WRONG = {
    "takes a tuple (cos_theta_l, cos_theta_k, phi); got 2": lambda: density(
        observables=SPHERE[:2]
    ),
    "takes a tuple (S3, S4, S5, S7, S8, S9); got 3": lambda: KStarMuMu(
        SPHERE, 0.6, 0.1, (0.0, 0.0, 0.0)
    ),
    "range must be within [-1, 1]; got [-2, 1]": lambda: density(
        observables=(Observable("cos_theta_l", -2.0, 1.0), COS_K, PHI)
    ),
    "must not be longer than 2 pi": lambda: density(
        observables=(COS_L, COS_K, Observable("phi", 0.0, 360.0))
    ),
    "must be an Observable; got str": lambda: density(observables=("a", "b", "c")),
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_argument_says_so(message):
    with pytest.raises(LikelyError) as error:
        WRONG[message]()
    assert message in str(error.value)
