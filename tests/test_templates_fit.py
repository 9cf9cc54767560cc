"""Fits of templates that know how many events they are made of, against iminuit."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from iminuit import Minuit, cost

import likely as lk
from likely.core import LikelyError, Observable, Parameter
from likely.data import Binned
from likely.distributions import Exponential, HistogramShape, Product, Sum, Uniform
from likely.fit import Likelihood

MASS = Observable("mass", 60.0, 120.0, "GeV")
EDGES = np.linspace(60.0, 120.0, 16)
METHODS = {"dembinski_abdelmotteleb": "da", "barlow_beeston": "jsc"}
ONE = lk.Newton(starts=1)
NAMES = ["ns", "nb"]


def histogram(x, weights=None):
    counts = np.histogram(x, EDGES, weights=weights)[0].astype(float)
    if weights is None:
        return Binned("mass", EDGES, counts)
    squares = np.histogram(x, EDGES, weights=weights**2)[0]
    return Binned("mass", EDGES, counts, squares)


def peak(rng, n):
    return rng.normal(91.0, 4.0, n)


def fall(rng, n):
    x = 60 + rng.exponential(25.0, 2 * n + 50)
    return x[x < 120][:n]


def model(signal, background):
    return Sum(
        {
            "s": HistogramShape.of(signal, MASS),
            "b": HistogramShape.of(background, MASS),
        },
        yields=[Parameter("ns", 200, 0, 20000), Parameter("nb", 500, 0, 20000)],
    )


def made(seed=1):
    rng = np.random.default_rng(seed)
    x = np.append(peak(rng, 300), fall(rng, 450))
    signal = histogram(peak(rng, 200))
    background = histogram(fall(rng, 300), rng.uniform(0.5, 1.5, 300))
    return histogram(x), histogram(x, rng.uniform(0.5, 1.5, len(x))), signal, background


def as_peer(binned):
    if binned.variances is None:
        return binned.counts
    return np.stack([binned.counts, binned.variances], axis=-1)


def minuit(function, *start):
    peer = Minuit(function, *start)
    peer.strategy, peer.tol = 2, 1e-8
    peer.migrad()
    peer.hesse()
    return peer


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("weighted", [False, True])
def test_against_iminuit(method, weighted):
    counts, weights, signal, background = made()
    data = weights if weighted else counts
    loss = Likelihood(templates=method)
    result = lk.fit(model(signal, background), data, loss=loss, minimiser=ONE)
    templates = [as_peer(signal), as_peer(background)]
    function = cost.Template(as_peer(data), EDGES, templates, method=METHODS[method])
    peer = minuit(function, 200, 500)
    for name, value, error in zip(NAMES, peer.values, peer.errors, strict=True):
        assert abs(result[name].value - value) < 1e-3 * error
        assert result[name].error == pytest.approx(error, rel=1e-3)
    objective = result.objective
    point = np.array([250.0, 520.0])
    rise = 2 * (objective.value(point) - objective.value(result.free_values))
    assert rise == pytest.approx(function(*point) - peer.fval, abs=1e-6)


def test_errors_grow_and_minos_works():
    counts, _, signal, background = made()
    exact = lk.fit(model(signal, background), counts, minimiser=ONE)
    loss = Likelihood(templates="dembinski_abdelmotteleb")
    aware = lk.fit(model(signal, background), counts, loss=loss, minimiser=ONE)
    done = lk.minos(aware)
    for name in NAMES:
        assert aware[name].error > 1.2 * exact[name].error
        assert done[name].upper == pytest.approx(aware[name].error, rel=0.2)
        assert done[name].lower == pytest.approx(-aware[name].error, rel=0.2)


@pytest.mark.parametrize("method", METHODS)
def test_templates_of_many_events_are_exact(method):
    counts, _, signal, background = made()
    sure = [
        Binned("mass", EDGES, b.counts, 1e-9 * b.counts) for b in (signal, background)
    ]
    exact = lk.fit(model(*sure), counts, minimiser=ONE)
    loss = Likelihood(templates=method)
    same = lk.fit(model(*sure), counts, loss=loss, minimiser=ONE)
    for name in NAMES:
        assert abs(same[name].value - exact[name].value) < 1e-4 * exact[name].error
        assert same[name].error == pytest.approx(exact[name].error, rel=1e-4)
    assert same.loss == pytest.approx(exact.loss, abs=1e-4)


def test_exact_templates_against_iminuit():
    counts, _, signal, background = made()
    result = lk.fit(model(signal, background), counts, minimiser=ONE)
    s, b = (h.counts / h.counts.sum() for h in (signal, background))

    def cdf(x, ns, nb):
        return np.append(0, np.cumsum(ns * s + nb * b))

    peer = minuit(cost.ExtendedBinnedNLL(counts.counts, EDGES, cdf), 200, 500)
    for name, value, error in zip(NAMES, peer.values, peer.errors, strict=True):
        assert abs(result[name].value - value) < 1e-3 * error
        assert result[name].error == pytest.approx(error, rel=1e-3)


def test_a_template_beside_a_parametric_density():
    counts, _, signal, _ = made()
    mixed = Sum(
        {"s": HistogramShape.of(signal, MASS), "b": Exponential(MASS, -1 / 25)},
        yields=[Parameter("ns", 200, 0, 20000), Parameter("nb", 500, 0, 20000)],
    )
    loss = Likelihood(templates="dembinski_abdelmotteleb")
    result = lk.fit(mixed, counts, loss=loss, minimiser=ONE)

    def scaled_cdf(x, n):
        return n * np.expm1(-(x - 60) / 25) / np.expm1(-60 / 25)

    function = cost.Template(counts.counts, EDGES, [signal.counts, scaled_cdf])
    peer = minuit(function, 200, 500)
    for name, value, error in zip(NAMES, peer.values, peer.errors, strict=True):
        assert abs(result[name].value - value) < 1e-3 * error
        assert result[name].error == pytest.approx(error, rel=1e-3)


def test_bins_of_the_data_made_of_bins_of_the_template():
    """Coarse data see the fine templates as if these had been filled coarsely."""
    rng = np.random.default_rng(4)
    s, b = peak(rng, 200), fall(rng, 300)
    x = np.append(peak(rng, 300), fall(rng, 450))
    coarse = histogram(x)
    fine = [Binned.of({"mass": y}, {"mass": 60}, [MASS]) for y in (s, b)]
    loss = Likelihood(templates="barlow_beeston")
    one = loss.objective(model(*fine), coarse)
    other = loss.objective(model(histogram(s), histogram(b)), coarse)
    point = np.array([310.0, 440.0])
    assert one.value(point) == pytest.approx(other.value(point), rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_knowing_the_templates_covers_where_ignoring_them_does_not(method):
    rng = np.random.default_rng(6)
    ignoring, aware = [], []
    for _ in range(300):
        x = np.append(
            peak(rng, rng.poisson(400)), rng.uniform(60, 120, rng.poisson(600))
        )
        both = histogram(peak(rng, 300)), histogram(rng.uniform(60, 120, 300))
        for pulls, templates in ((ignoring, "exact"), (aware, method)):
            loss = Likelihood(templates=templates)
            result = lk.fit(model(*both), histogram(x), loss=loss, minimiser=ONE)
            pulls.append((result["ns"].value - 400) / result["ns"].error)
    # Four standard deviations of the width of 300 pulls.
    assert abs(np.std(aware) - 1) < 0.17
    assert np.std(ignoring) > 1.25
    assert abs(np.mean(aware)) < 0.3


def uniform_template():
    return HistogramShape(MASS, EDGES, np.ones(15))


def fit_of(components, data, templates="barlow_beeston", **kind):
    kind = kind or {"yields": [Parameter("ns", 200, 0, 500), 100.0][: len(components)]}
    return lambda: lk.fit(
        Sum(components, **kind), data, loss=Likelihood(templates=templates)
    )


COUNTS = made()[0]
TIME = Observable("time", 0.0, 1.0)
SHIFTED = HistogramShape(MASS, EDGES + 1.0 - np.eye(16)[0], np.ones(15))
LINEAR = HistogramShape(MASS, EDGES, np.ones(15), interpolation="linear")
HOLE = HistogramShape(MASS, EDGES, np.arange(15.0))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Likelihood(templates="barlow"), "did you mean `barlow_beeston`"),
        (
            lambda: lk.fit(
                Sum({"h": uniform_template()}, yields=[Parameter("n", 1, 0, 9)]),
                {"mass": [70.0]},
                loss=Likelihood(templates="barlow_beeston"),
            ),
            "is for histograms; make one",
        ),
        (fit_of({"u": Uniform(MASS)}, COUNTS), "no component of the model is a"),
        (fit_of({"h": LINEAR}, COUNTS), "interpolated `HistogramShape`"),
        (fit_of({"h": SHIFTED}, COUNTS), "it has no edge at 64"),
        (
            fit_of(
                {"h": uniform_template(), "u": Uniform(MASS)},
                COUNTS,
                fractions=[Parameter("f", 0.5, 0, 1)],
            ),
            "needs a model with yields",
        ),
        (
            fit_of(
                {"p": Product([uniform_template(), Uniform(TIME)])},
                Binned(["mass", "time"], (EDGES, [0, 1]), COUNTS.counts[:, None]),
            ),
            "is multiplied by a density of another observable",
        ),
        (
            fit_of({"h": HOLE}, COUNTS, templates="exact"),
            r"1 bins hold events although .* first \[60, 64\]",
        ),
    ],
)
def test_what_cannot_be_is_a_sentence(make, says):
    with pytest.raises(LikelyError, match=says):
        make()


@pytest.mark.parametrize("method", METHODS)
def test_toys_draw_the_templates_anew(method):
    """A toy's likelihood is that of its histogram and its templates."""
    counts, _, signal, background = made()
    loss = Likelihood(templates=method)
    objective = loss.objective(model(signal, background), counts)
    generator = objective.generator(objective.space.start)
    keys = jax.random.split(jax.random.key(1), 2000)
    numbers = generator.numbers(keys)
    payload = generator.data(keys[0], jnp.asarray(numbers[0]))
    drawn, ratios = np.asarray(payload[0]), np.asarray(payload[2])
    templates = [
        Binned("mass", EDGES, b.counts * r, (b.counts if v is None else v) * r)
        for b, v, r in zip(
            (signal, background), (None, background.variances), ratios, strict=True
        )
    ]
    other = loss.objective(model(*templates), Binned("mass", EDGES, drawn))
    x = np.array([310.0, 440.0])
    value, gradient, hessian = jax.jit(generator.likelihood(payload))(x)
    expected = other.derivatives(x)
    assert float(value) == pytest.approx(expected.value, rel=1e-12)
    np.testing.assert_allclose(gradient, expected.gradient, rtol=1e-9)
    np.testing.assert_allclose(hessian, expected.hessian, rtol=1e-9)
    # The spread of a template's bin is that of its sum of weights.
    found = numbers[:, 15:30].var(axis=0)
    some = signal.counts > 5
    np.testing.assert_allclose(found[some], signal.counts[some], rtol=0.2)


@pytest.mark.parametrize("method", METHODS)
def test_the_spread_of_toys_is_what_the_method_says_less_the_templates_sums(method):
    """The method lets the sum of a template fluctuate, which a yield does not feel.

    Of a template of M events that adds c^2/M to the variance of its yield c.
    """
    rng = np.random.default_rng(4)
    counts = histogram(np.append(peak(rng, 400), rng.uniform(60, 120, 600)))
    both = histogram(peak(rng, 1000)), histogram(rng.uniform(60, 120, 1000))
    result = lk.fit(model(*both), counts, loss=Likelihood(templates=method))
    made = lk.toys(result, 2000)
    assert made.valid.mean() > 0.99
    exact = lk.toys(lk.fit(model(*both), counts), 2000)
    for name in NAMES:
        row = made.names.index(name)
        value, error = result[name].value, result[name].error
        spread = np.nanstd(made.values[:, row])
        # Four standard errors of the spread of 2000 toys, and second order.
        expected = np.sqrt(error**2 - value**2 / 1000)
        assert spread == pytest.approx(expected, rel=4 * 0.0158 + 0.02)
        assert abs(np.nanmean(made.pulls[:, row])) < 4 * 0.0224 + 0.05
        # Exactly known templates would make the ensemble narrower.
        assert spread > 1.05 * np.nanstd(exact.values[:, row])
