"""Morphs: against closed forms, direct interpolation, and the laws of a density."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.interpolate
import scipy.stats

import likely as lk
from likely.core import LikelyError, Observable, Parameter
from likely.distributions import (
    Exponential,
    Gauss,
    HistogramShape,
    KernelDensity,
    MomentMorph,
    Morph,
    Sum,
    Uniform,
)
from likely.distributions.templates.anchors import anchor_weights
from likely.stats import projection

WIDE, MASS = Observable("mass", 0.0, 200.0), Observable("mass", 60.0, 120.0)
ANCHORS = (80.0, 90.0, 100.0)
THETA = Parameter("theta", 88.0, 80.0, 100.0)
X = np.linspace(60.5, 119.5, 60)


def gausses(observable=WIDE):
    return {a: Gauss(observable, a, 0.1 * a - 6.0) for a in ANCHORS}


def templates():
    """Return a histogram, a kernel density and a closed form of the same width."""
    rng = np.random.default_rng(4)
    edges = np.linspace(0.0, 200.0, 401)
    counts = np.histogram(rng.normal(80.0, 4.0, 5000), edges)[0]
    return {
        80.0: HistogramShape(WIDE, edges, counts),
        90.0: KernelDensity(WIDE, rng.normal(90.0, 4.0, 3000)),
        100.0: Gauss(WIDE, 100.0, 5.0),
    }


@jax.jit
def densities(shape, x):
    return jnp.exp(jax.vmap(shape.log_prob)(x[:, None]))


@jax.jit
def probabilities(shape, edges):
    logs = jax.vmap(shape.log_integral)(edges[:-1], edges[1:])
    return jnp.exp(logs - shape.log_norm())


def at(cls, theta, shapes, interpolation="linear"):
    return cls(MASS, jnp.asarray(theta), shapes, interpolation=interpolation)


@pytest.mark.parametrize("interpolation", ["linear", "polynomial", "spline"])
def test_weights_of_anchors(interpolation):
    anchors = (1.0, 2.0, 4.0, 7.0)
    unit = np.eye(4)
    known = {
        "linear": lambda t: [np.interp(t, anchors, row) for row in unit],
        "polynomial": lambda t: [
            scipy.interpolate.BarycentricInterpolator(anchors, row)(t) for row in unit
        ],
        "spline": lambda t: [
            scipy.interpolate.CubicSpline(anchors, row, bc_type="natural")(t)
            for row in unit
        ],
    }[interpolation]
    for theta in (1.0, 1.7, 2.0, 3.3, 6.0, 7.0):
        got = anchor_weights(anchors, interpolation, theta)
        np.testing.assert_allclose(got, known(theta), atol=1e-12)
        assert float(got.sum()) == pytest.approx(1)
    assert np.isnan(anchor_weights(anchors, interpolation, 7.01)).all()


@pytest.mark.parametrize("theta", [80.0, 84.0, 90.0, 96.3, 100.0])
def test_moment_morph_of_gausses_is_the_gauss_between(theta):
    got = densities(at(MomentMorph, theta, gausses()), X)
    inside = np.diff(scipy.stats.norm.cdf([60.0, 120.0], theta, 0.1 * theta - 6.0))
    expected = scipy.stats.norm.pdf(X, theta, 0.1 * theta - 6.0) / inside
    np.testing.assert_allclose(got, expected, rtol=1e-9)


def test_moments_of_shapes():
    morph = at(MomentMorph, 90.0, templates())
    rng = np.random.default_rng(4)
    edges = np.linspace(0.0, 200.0, 401)
    counts = np.histogram(rng.normal(80.0, 4.0, 5000), edges)[0]
    middle = 0.5 * (edges[1:] + edges[:-1])
    mean = np.average(middle, weights=counts)
    variance = np.average((middle - mean) ** 2, weights=counts) + 0.5**2 / 12
    np.testing.assert_allclose(morph.means[0], mean, rtol=1e-7)
    np.testing.assert_allclose(morph.widths[0], np.sqrt(variance), rtol=1e-5)
    np.testing.assert_allclose([morph.means[2], morph.widths[2]], [100, 5], rtol=1e-9)
    # A density that does not vanish at the ends of its range.
    flat = {0.0: Uniform(MASS), 1.0: Exponential(MASS, -0.05)}
    morph = at(MomentMorph, 0.5, flat)
    truncated = scipy.stats.truncexpon(3.0, 60.0, 20.0)
    np.testing.assert_allclose(morph.means, [90.0, truncated.mean()], rtol=1e-9)
    np.testing.assert_allclose(
        morph.widths, [60 / np.sqrt(12), truncated.std()], rtol=1e-8
    )


def test_vertical_morph_is_the_mixture():
    shapes = templates()
    low, high = (
        densities(shapes[a], X) / probabilities(shapes[a], np.array([60.0, 120.0]))
        for a in (80.0, 90.0)
    )
    got = densities(at(Morph, 83.0, shapes), X)
    np.testing.assert_allclose(got, 0.7 * low + 0.3 * high, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(densities(at(Morph, 90.0, shapes), X), high, rtol=1e-9)


def test_morph_of_two_parameters_is_bilinear():
    shapes = [Gauss(MASS, mu, sigma) for mu in (85.0, 95.0) for sigma in (4.0, 8.0)]
    a, b = jnp.asarray(0.3), jnp.asarray(0.6)
    rows = [Morph(MASS, b, dict(enumerate(shapes[i : i + 2]))) for i in (0, 2)]
    got = densities(Morph(MASS, a, dict(enumerate(rows))), X)
    weights = np.outer([0.7, 0.3], [0.4, 0.6]).ravel()
    expected = sum(w * densities(s, X) for w, s in zip(weights, shapes, strict=True))
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def alike():
    """Return shapes that differ little, whose sums are positive with any weights."""
    return {a: Gauss(WIDE, 90.0, 0.1 * a) for a in ANCHORS}


@pytest.mark.parametrize(
    ("cls", "shapes", "interpolation"),
    [
        (Morph, templates, "linear"),
        (Morph, alike, "spline"),
        (MomentMorph, templates, "spline"),
    ],
)
def test_laws_of_a_density(cls, shapes, interpolation):
    morph = at(cls, 86.5, shapes(), interpolation)
    edges = np.unique(np.append(np.linspace(60.0, 120.0, 241), [70.01, 85.013]))
    parts = np.asarray(probabilities(morph, edges))
    assert parts.sum() == pytest.approx(1, abs=1e-9)
    # By midpoints, since a histogram has steps; those of a morph are anywhere.
    fine = np.linspace(60.0, 120.0, 60_001)
    values = densities(morph, 0.5 * (fine[1:] + fine[:-1])) * 1e-3
    got = np.add.reduceat(values, np.searchsorted(fine, edges[:-1] - 1e-9))
    np.testing.assert_allclose(got, parts, atol=2e-5)
    events = np.asarray(morph.samples(jax.random.key(2), 3000))[:, 0]
    places = np.append(60.0, np.sort(events))
    uniform = np.cumsum(probabilities(morph, places))
    assert scipy.stats.kstest(uniform, "uniform").pvalue > 1e-3


@pytest.mark.parametrize("cls", [Morph, MomentMorph])
def test_gradient_equals_finite_differences(cls):
    def values(theta):
        morph = cls(MASS, theta, gausses(), interpolation="spline")
        return jnp.log(jnp.append(densities(morph, X[20:40]), morph.log_norm() + 9.0))

    values = jax.jit(values)
    gradient = jax.jit(jax.jacfwd(values))
    for theta in (83.0, 94.0):
        step = 1e-4
        difference = (values(theta + step) - values(theta - step)) / (2 * step)
        np.testing.assert_allclose(gradient(theta), difference, rtol=1e-6, atol=1e-7)
        second = jax.jacfwd(gradient)(theta)
        change = (gradient(theta + step) - gradient(theta - step)) / (2 * step)
        np.testing.assert_allclose(second, change, rtol=1e-5, atol=1e-6)


def test_fit_of_a_moment_morph_is_that_of_the_gauss():
    rng = np.random.default_rng(6)
    events = np.concatenate([rng.normal(86.0, 2.6, 800), rng.uniform(60, 120, 400)])
    events = events[:, None]
    fraction = Parameter("f", 0.5, 0, 1)
    ends = {a: shape for a, shape in gausses().items() if a != 90.0}
    morph = MomentMorph(MASS, THETA, ends)
    peak = Gauss(MASS, THETA, 0.1 * THETA - 6.0)
    results = [
        lk.fit(Sum({"s": s, "b": Uniform(MASS)}, fractions=[fraction]), events)
        for s in (morph, peak)
    ]
    assert results[0].ok
    for name in ("theta", "f"):
        one, other = (result[name] for result in results)
        assert one.value == pytest.approx(other.value, abs=1e-6 * other.error)
        assert one.error == pytest.approx(other.error, rel=1e-6)
    assert results[0].loss == pytest.approx(results[1].loss, abs=1e-6)
    drawn = projection(results[0], "mass", bins=40)
    assert drawn.components["s"].sum() == pytest.approx(1200 * results[0]["f"].value)


def test_beyond_the_anchors_the_density_is_zero():
    outside = Morph(MASS, 2.0 * THETA, gausses() | {500.0: Gauss(WIDE, 90.0, 1.0)})
    beyond = jax.jit(lambda theta: densities(at(Morph, theta, gausses()), X))
    assert not (np.asarray(beyond(101.0)) > 0).any()
    assert (np.asarray(beyond(100.0)) > 0).all()
    assert np.isfinite(outside.log_probs(X[:, None])).all()


@pytest.mark.parametrize("cls", [Morph, MomentMorph])
def test_is_written_and_read(tmp_path, cls):
    morph = cls(MASS, THETA, templates(), interpolation="spline")
    lk.save(morph, tmp_path / "model.json")
    again = lk.load(tmp_path / "model.json")
    got, expected = (m.log_probs(X[:, None]) for m in (again, morph))
    np.testing.assert_array_equal(got, expected)
    assert again.parameter == THETA


LIMITED = Parameter("theta", 85.0, 80.0, 110.0)
SIGMA = Parameter("sigma", 3.0, 1.0, 9.0)
WRONG = {
    "at least two values": lambda: Morph(MASS, THETA, {90.0: Gauss(WIDE, 90.0, 1.0)}),
    "must be an Observable": lambda: Morph(60.0, THETA, gausses()),
    "give `theta` limits there": lambda: Morph(MASS, LIMITED, gausses()),
    "between the anchors, in [80, 100] only; got 120": lambda: Morph(
        MASS, 120.0, gausses()
    ),
    "takes a number or a parameter; got str": lambda: Morph(MASS, "theta", gausses()),
    "did you mean `spline`": lambda: Morph(
        MASS, THETA, gausses(), interpolation="splines"
    ),
    "finite numbers; got 'a'": lambda: Morph(
        MASS, THETA, {"a": Uniform(MASS), 1.0: Uniform(MASS)}
    ),
    "no density of one observable; got float": lambda: Morph(
        MASS, THETA, {1.0: 2.0, 2.0: Uniform(MASS)}
    ),
    "is of `time`, not": lambda: Morph(
        MASS, THETA, {1.0: Uniform(MASS), 2.0: Uniform(Observable("time", 0.0, 1.0))}
    ),
    "does not cover": lambda: Morph(WIDE, THETA, gausses(MASS)),
    "`sigma` is free": lambda: MomentMorph(
        MASS, THETA, gausses() | {100.0: Gauss(WIDE, 100.0, SIGMA)}
    ),
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_argument_says_so(message):
    with pytest.raises(LikelyError) as error:
        WRONG[message]()
    assert message in str(error.value)
