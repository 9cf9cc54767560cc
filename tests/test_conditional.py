"""Densities conditional on columns of the event, against SciPy and iminuit."""

import iminuit
import jax
import numpy as np
import pytest
from scipy import stats

import likely as lk
from likely.core import LikelyError
from likely.distributions import (
    Conditional,
    Exponential,
    Gamma,
    Gauss,
    Product,
    Sum,
    Uniform,
)

LOW, HIGH = 5.0, 5.6
MASS = lk.Observable("mass", LOW, HIGH, "GeV")
ERROR = lk.Observable("sigma_m", 0.001, 0.2, "GeV")
RESOLUTION = lk.Column("sigma_m")


def events(n, seed=0, scale=1.3):
    """Return 40 % of a peak whose width differs by event, and an exponential."""
    rng = np.random.default_rng(seed)
    sigma = rng.gamma(4.0, 0.005, 3 * n)
    peak = rng.random(3 * n) < 0.4
    u = rng.random(3 * n)
    flat = LOW - np.log1p(-u * -np.expm1(2.0 * (LOW - HIGH))) / 2.0
    mass = np.where(peak, rng.normal(5.28, scale * sigma), flat)
    kept = np.flatnonzero((mass > LOW) & (mass < HIGH) & (sigma > 0.001))[:n]
    return {"mass": mass[kept], "sigma_m": sigma[kept]}


def model(scale=None):
    mu = lk.Parameter("mu", 5.27, 5.2, 5.4)
    scale = scale or lk.Parameter("scale", 1.0, 0.2, 5)
    peak = Conditional(Gauss(MASS, mu, scale * RESOLUTION))
    slope = lk.Parameter("slope", -1.0, -10, 10)
    fraction = lk.Parameter("fraction", 0.5, 0, 1)
    return Sum({"peak": peak, "rest": Exponential(MASS, slope)}, fractions=[fraction])


def truncated(x, mu, sigma):
    return stats.truncnorm.logpdf(x, (LOW - mu) / sigma, (HIGH - mu) / sigma, mu, sigma)


def test_the_density_of_each_event_is_normalised_on_the_range():
    data = events(50)
    density = Conditional(Gauss(MASS, lk.Parameter("mu", 5.1), 3.0 * RESOLUTION))
    x = np.stack([data["mass"], data["sigma_m"]], axis=1)
    expected = truncated(data["mass"], 5.1, 3.0 * data["sigma_m"])
    assert np.asarray(density.log_probs(x)) == pytest.approx(expected, rel=1e-10)
    assert density.given == ("sigma_m",)


def test_a_formula_is_taken_apart_into_what_differs_by_event():
    a, b = lk.Parameter("a", 2.0), lk.Parameter("b", 0.01)
    density = Conditional(Gauss(MASS, 5.3, np.sqrt((a * RESOLUTION) ** 2 + b**2)))
    data = events(20)
    x = np.stack([data["mass"], data["sigma_m"]], axis=1)
    sigma = np.hypot(2.0 * data["sigma_m"], 0.01)
    expected = truncated(data["mass"], 5.3, sigma)
    assert np.asarray(density.log_probs(x)) == pytest.approx(expected, rel=1e-10)


def test_the_fit_equals_that_of_iminuit():
    data = events(1500)
    m, s = data["mass"], data["sigma_m"]

    def nll(mu, scale, slope, fraction):
        integral = (np.exp(slope * HIGH) - np.exp(slope * LOW)) / slope
        rest = np.exp(slope * m) / integral
        return -np.log(
            fraction * np.exp(truncated(m, mu, scale * s)) + (1 - fraction) * rest
        ).sum()

    minuit = iminuit.Minuit(nll, mu=5.28, scale=1.2, slope=-2.0, fraction=0.4)
    minuit.errordef, minuit.strategy, minuit.tol = 0.5, 2, 1e-4
    minuit.migrad()
    minuit.hesse()
    assert minuit.valid
    result = lk.fit(model(), data)
    assert result.status.ok
    assert result.loss / 2 <= minuit.fval + 1e-6
    for name in minuit.parameters:
        error = minuit.errors[name]
        assert result[name].value == pytest.approx(
            minuit.values[name], abs=1e-3 * error
        )
        assert result[name].error == pytest.approx(error, rel=1e-3)


def test_a_product_with_the_density_of_the_column_fits_the_same():
    data = events(1500)
    k = lk.Parameter("k", 4.0, 1, 10)
    rate = lk.Parameter("rate", 200.0, 20, 1000)
    both = Product([model(), Gamma(ERROR, k, rate, 0.0)])
    assert both.given == ()
    whole, given = lk.fit(both, data), lk.fit(model(), data)
    for name in ("mu", "scale", "slope", "fraction"):
        error = given[name].error
        assert whole[name].value == pytest.approx(given[name].value, abs=1e-3 * error)
        assert whole[name].error == pytest.approx(error, rel=1e-3)


def test_events_are_drawn_in_the_order_of_dependence(key):
    peak = Conditional(Gauss(MASS, 5.3, 1.5 * RESOLUTION))
    # The conditional factor comes first: the column it needs is drawn before.
    both = Product([peak, Uniform(lk.Observable("sigma_m", 0.01, 0.02))])
    drawn = np.asarray(both.samples(key, 4000))
    pulls = (drawn[:, 0] - 5.3) / (1.5 * drawn[:, 1])
    assert stats.kstest(pulls, "norm").pvalue > 1e-3
    assert drawn[:, 1].min() > 0.01
    given = np.full((3000, 1), 0.03)
    alone = np.asarray(peak.samples_given(key, given))
    assert stats.kstest((alone[:, 0] - 5.3) / 0.045, "norm").pvalue > 1e-3


def test_a_conditional_model_is_saved(tmp_path):
    path = tmp_path / "model.json"
    lk.save(model(), path)
    assert lk.load(path) == model()


@pytest.mark.slow
def test_toys_take_the_column_from_the_data_and_have_unit_pulls():
    result = lk.fit(model(), events(1000))
    toys = lk.toys(result, 400, seed=5)
    for pull in toys.summaries.values():
        assert abs(pull.mean) < 4 * pull.mean_error
        assert abs(pull.width - 1) < 4 * pull.width_error


@pytest.mark.slow
def test_ignoring_the_resolution_of_each_event_is_biased():
    """The yield of a peak on a background is wrong with one average width."""
    fractions = {"per event": [], "average": []}
    mu, sigma = lk.Parameter("mu", 5.28, 5.2, 5.4), lk.Parameter("s", 0.025, 0.005, 0.1)
    rest = Exponential(MASS, lk.Parameter("slope", -1.0, -10, 10))
    average = Sum(
        {"peak": Gauss(MASS, mu, sigma), "rest": rest},
        fractions=[lk.Parameter("fraction", 0.5, 0, 1)],
    )
    for seed in range(30):
        data = events(2000, seed=seed)
        for name, density in (("per event", model()), ("average", average)):
            result = lk.fit(density, data)
            estimates = result["fraction"].value, result["mu"].error
            fractions[name].append(estimates)
    per_event, ignoring = (np.array(v) for v in fractions.values())
    # The share of the peak among the events in the range.
    sigma = 1.3 * np.random.default_rng(9).gamma(4.0, 0.005, 100_000)
    inside = stats.norm.cdf((HIGH - 5.28) / sigma) - stats.norm.cdf(
        (LOW - 5.28) / sigma
    )
    share = 0.4 * inside.mean() / (0.4 * inside.mean() + 0.6)
    spread = per_event[:, 0].std(ddof=1) / np.sqrt(30)
    assert abs(per_event[:, 0].mean() - share) < 4 * spread
    spread = ignoring[:, 0].std(ddof=1) / np.sqrt(30)
    assert ignoring[:, 0].mean() < share - 5 * spread
    # And it knows less of the mass.
    assert ignoring[:, 1].mean() > 1.1 * per_event[:, 1].mean()


def test_wrong_uses_are_sentences(key):
    peak = Gauss(MASS, 5.3, 2.0 * RESOLUTION)
    with pytest.raises(LikelyError, match="the column `sigma_m` has a value in each"):
        lk.fit(peak, events(100))
    with pytest.raises(LikelyError, match="no argument has a column"):
        Conditional(Gauss(MASS, 5.3, 0.1))
    with pytest.raises(LikelyError, match="takes a density of one observable"):
        Conditional(model())
    with pytest.raises(LikelyError, match="`mass` is the observable"):
        Conditional(Gauss(MASS, lk.Column("mass"), 0.1))
    with pytest.raises(LikelyError, match="samples_given"):
        model().samples(key, 10)
    with pytest.raises(
        LikelyError, match=r"shape \(events, 1\), columns \['sigma_m'\]"
    ):
        model().samples_given(key, np.ones((10, 2)))
    with pytest.raises(LikelyError, match="expects an array of numbers"):
        model().samples_given(key, "a")
    with pytest.raises(LikelyError, match="expects an array of numbers"):
        model().log_probs("a")
    with pytest.raises(LikelyError, match="no column `sigma_m`"):
        lk.fit(model(), {"mass": events(100)["mass"]})
    data = events(100)
    data["sigma_m"][7] = np.nan
    with pytest.raises(LikelyError, match="column `sigma_m` holds 1 of 100 values"):
        lk.fit(model(), data)
    first = Conditional(Gauss(MASS, 5.3, 2.0 * RESOLUTION))
    second = Conditional(Gauss(ERROR, lk.Column("mass"), 0.1))
    with pytest.raises(LikelyError, match="conditional on each other"):
        Product([first, second])
    with pytest.raises(LikelyError, match="an observable of the others"):
        Sum({"a": Product([first, Uniform(ERROR)]), "b": first}, yields=[1.0, 1.0])
    with pytest.raises(LikelyError, match="takes the name of a column"):
        lk.Column("")
    with pytest.raises(LikelyError, match="toys of a fit|conditional on"):
        lk.toys(model(), 4, n_events=10)


def test_a_column_of_zero_width_fails_in_words():
    data = events(200)
    data["sigma_m"][3] = 0.0
    result = lk.fit(model(), data)
    assert not result.status.ok


def test_the_same_program_serves_other_names():
    """A second fit with other names of parameters compiles nothing."""
    lk.fit(model(), events(300))
    mu = lk.Parameter("peak position", 5.27, 5.2, 5.4)
    other = jax.tree.map(
        lambda leaf: (
            mu if isinstance(leaf, lk.Parameter) and leaf.name == "mu" else leaf
        ),
        model(),
    )
    assert lk.fit(other, events(300)).timings["compile"] == 0.0
