"""The density of a histogram, against SciPy and quadrature."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
import scipy.stats

from likely.core import LikelyError, Observable, Parameter
from likely.data import Binned
from likely.distributions import Exponential, HistogramShape, Sum, load, save
from likely.fit import Likelihood

MASS = Observable("mass", 60.0, 120.0, "GeV")
EDGES = np.array([55.0, 62.0, 70.0, 71.0, 90.0, 101.0, 125.0])
COUNTS = np.array([3.0, 10.0, 4.0, 0.0, 30.0, 5.0])
KINDS = ["none", "linear"]
kinds = pytest.mark.parametrize("kind", KINDS)


def shape(kind):
    return HistogramShape(MASS, EDGES, COUNTS, interpolation=kind)


def outside(kind):
    """Return the density up to a constant, from NumPy."""
    heights = COUNTS / np.diff(EDGES)
    if kind == "none":
        histogram = scipy.stats.rv_histogram((COUNTS, EDGES), density=False)
        return histogram.pdf
    return lambda x: np.interp(x, 0.5 * (EDGES[1:] + EDGES[:-1]), heights)


def integral(kind, lower, upper):
    centres = 0.5 * (EDGES[1:] + EDGES[:-1])
    places = np.concatenate([EDGES, centres])
    inside = places[(places > lower) & (places < upper)]
    ends = np.unique([lower, *inside, upper])
    pairs = zip(ends[:-1], ends[1:], strict=True)
    f = outside(kind)
    return sum(scipy.integrate.quad(f, a, b)[0] for a, b in pairs)


@kinds
def test_density_against_scipy(kind):
    x = np.linspace(60.3, 119.7, 57)
    with np.errstate(divide="ignore"):
        expected = np.log(outside(kind)(x) / integral(kind, 60, 120))
    got = np.asarray(shape(kind).log_probs(x[:, None]))
    np.testing.assert_allclose(got, expected, rtol=1e-9)
    beyond = shape(kind).log_probs(np.array([[59.9], [120.1]]))
    assert (beyond == -np.inf).all()


@kinds
@pytest.mark.parametrize("interval", [(60, 75), (70.2, 70.8), (97, 97.01), (60, 120)])
def test_integral_of_any_interval(kind, interval):
    s = shape(kind)
    got = float(jnp.exp(s.log_integral(*interval) - s.log_norm()))
    expected = integral(kind, *interval) / integral(kind, 60, 120)
    assert got == pytest.approx(expected, rel=1e-9)
    assert float(s.log_integral(80.0, 80.0)) == -np.inf


@kinds
def test_samples_follow_the_density(kind):
    s = shape(kind)
    events = np.asarray(s.samples(jax.random.key(5), 4000))[:, 0]
    assert ((events >= 60) & (events <= 120)).all()
    parts = jax.jit(jax.vmap(lambda x: s.log_integral(60.0, x)))(events)
    uniform = np.asarray(jnp.exp(parts - s.log_norm()))
    assert scipy.stats.kstest(uniform, "uniform").pvalue > 1e-3


def test_it_is_written_and_read(tmp_path):
    model = Sum(
        {"h": shape("linear"), "e": Exponential(MASS, Parameter("k", -0.03, -1, 1))},
        fractions=[Parameter("f", 0.4, 0, 1)],
    )
    save(model, tmp_path / "m.json")
    again = load(tmp_path / "m.json")
    x = np.linspace(61, 119, 7)[:, None]
    np.testing.assert_array_equal(again.log_probs(x), model.log_probs(x))


def test_an_unbinned_fit_takes_it():
    model = Sum(
        {"h": shape("none"), "e": Exponential(MASS, -0.03)},
        fractions=[Parameter("f", 0.4, 0, 1)],
    )
    x = np.linspace(61, 119, 50)
    objective = Likelihood().objective(model, x)
    found = objective.derivatives(np.array([0.3]))
    with np.errstate(divide="ignore"):
        h, e = (np.exp(np.asarray(d.log_probs(x[:, None]))) for d in model.densities)
    assert found.value == pytest.approx(-np.log(0.3 * h + 0.7 * e).sum(), rel=1e-12)
    slope = ((h - e) / (0.3 * h + 0.7 * e)).sum()
    assert found.gradient[0] == pytest.approx(-slope, rel=1e-9)


def test_of_a_histogram():
    binned = Binned("mass", EDGES, COUNTS, 2 * COUNTS)
    made = HistogramShape.of(binned, MASS, interpolation="linear")
    assert made.interpolation == "linear"
    np.testing.assert_array_equal(made.variances, 2 * COUNTS)
    near = Binned("mass", [60 + 1e-7, 90, 120 - 1e-7], [1, 2])
    assert HistogramShape.of(near, MASS).edges.tolist() == [60, 90, 120]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: HistogramShape(MASS, [60, 90], [1]), "must cover it"),
        (lambda: HistogramShape(MASS, [60, 90, 120], [1]), r"make \(2,\) bins"),
        (lambda: HistogramShape(MASS, [60, 90, 120], [1, -1]), "is not negative; 1 of"),
        (lambda: HistogramShape(MASS, [0, 60, 120], [1, 0]), "every bin in the range"),
        (lambda: HistogramShape(MASS, [60, 120, 90], [1, 1]), "rising numbers"),
        (
            lambda: HistogramShape(MASS, [60, 120], [1], interpolation="cubic"),
            "there is no `cubic`",
        ),
        (
            lambda: HistogramShape.of(Binned("m", [60, 120], [1]), MASS),
            "no axis `mass`",
        ),
        (
            lambda: HistogramShape.of(
                Binned(["mass", "t"], ([60, 120], [0, 1]), [[1]]), MASS
            ),
            "binned.project",
        ),
    ],
)
def test_a_wrong_template_is_a_sentence(make, says):
    with pytest.raises(LikelyError, match=says):
        make()
