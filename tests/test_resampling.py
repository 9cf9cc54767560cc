"""Bootstrap and jackknife: against formulas, the sandwich, and fits one by one."""

import dataclasses
import importlib

import jax
import numpy as np
import pytest
from scipy import stats

import likely as lk
from likely.core import LikelyError
from likely.fit import GaussConstraint, Likelihood
from likely.fit.resampling import Weighted, _poisson_one
from likely.stats import bootstrap, jackknife
from likely.stats.resampling.bootstrap_fits import _acceleration, _bca

M = lk.Observable("m", 5, 7)
MU = lk.Parameter("mu", 5.8, 5, 7)


def extended():
    return lk.distributions.Sum(
        {
            "signal": lk.distributions.Gauss(M, MU, 0.1),
            "background": lk.distributions.Uniform(M),
        },
        yields=[
            lk.Parameter("signal.yield", 150.0, -100, 1000),
            lk.Parameter("background.yield", 350.0, 0, 2000),
        ],
    )


def events(seed=0, signal=150, background=350):
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(5.8, 0.1, signal), rng.uniform(5, 7, background)])


@pytest.fixture(scope="module")
def fitted():
    return lk.fit(extended(), events())


@pytest.fixture(scope="module")
def weighted():
    weights = np.random.default_rng(1).choice([1.0, 2.0, -0.25], 500)
    return lk.fit(extended(), lk.Dataset.of({"m": events()}, weights=weights))


@pytest.fixture(scope="module")
def resampled(fitted):
    return bootstrap(fitted, 600, seed=3)


def test_the_spread_is_the_error(fitted, resampled):
    """Of a healthy fit bootstrap, sandwich and Hesse agree; 600 fits know 3 %."""
    assert resampled.failures == {}
    for name in resampled.names:
        assert abs(resampled.errors[name] / fitted[name].error - 1) < 0.15
        assert abs(resampled.bias[name]) < 5 * fitted[name].error / np.sqrt(600)
    np.testing.assert_array_equal(resampled.estimates, fitted.free_values)


def test_a_fit_of_the_bootstrap_is_a_fit_with_its_weights(fitted, resampled):
    """Each is the weighted fit that `fit` makes, event by event."""
    blocks = Weighted.of(fitted.objective)
    for i in (0, 17):
        key = jax.random.split(jax.random.fold_in(jax.random.key(3), i))[0]
        counts = _poisson_one(jax.random.uniform(key, blocks.weights.shape))
        weights = np.asarray(counts).ravel()[:500]
        assert abs(weights.mean() - 1) < 0.2
        one = lk.fit(extended(), lk.Dataset.of({"m": events()}, weights=weights))
        errors = np.array([fitted[n].error for n in resampled.names])
        assert (np.abs(resampled.values[i] - one.free_values) < 2e-3 * errors).all()


def test_poisson_numbers():
    u = jax.random.uniform(jax.random.key(0), (100_000,))
    counts = np.asarray(_poisson_one(u))
    np.testing.assert_array_equal(counts, stats.poisson.ppf(u, 1.0))


def test_the_number_of_fits_and_the_seed(fitted, resampled):
    few = bootstrap(fitted, 5, seed=3)
    np.testing.assert_allclose(few.values, resampled.values[:5], rtol=1e-9)
    other = bootstrap(fitted, 5, seed=4)
    assert np.abs(other.values - few.values).min() > 0
    assert len(few) == 5


def test_batches_do_not_matter(fitted, resampled, monkeypatch):
    module = importlib.import_module("likely.fit.many")
    monkeypatch.setattr(module, "BATCH_EVENTS", 1024)
    alone = bootstrap(fitted, 8, seed=3)
    np.testing.assert_allclose(alone.values, resampled.values[:8], rtol=1e-7)


def test_weighted_data_give_the_sandwich(weighted):
    made = bootstrap(weighted, 600, seed=1)
    assert made.valid.sum() > 590
    for name in made.names:
        assert abs(made.errors[name] / weighted[name].error - 1) < 0.2
    fold = jackknife(weighted, blocks=90)
    for name in fold.names:
        assert abs(fold.errors[name] / weighted[name].error - 1) < 0.2


def test_multinomial_keeps_the_number_of_events(fitted):
    made = bootstrap(fitted, 32, kind="multinomial")
    # The sum of yields is the number of events: it does not move.
    np.testing.assert_allclose(made.values[:, 1:].sum(axis=1), 500, rtol=1e-6)
    assert "lack its fluctuation" in made.notes[0]
    assert "lack its fluctuation" in str(made)


def test_intervals(fitted, resampled):
    """Percentiles are NumPy's; BCa moves them as its formula says."""
    found = resampled.values[:, 0]
    low, high = resampled.interval("mu", level=0.9, method="percentile")
    np.testing.assert_allclose([low, high], np.quantile(found, [0.05, 0.95]))
    bca = resampled.interval("mu", level=0.9)
    assert bca[0] < fitted["mu"].value < bca[1]
    assert abs(bca[1] - bca[0] - (high - low)) < 0.3 * (high - low)
    assert np.isnan(resampled.interval("mu", level=0.9999)).all()


def test_bca_is_that_of_scipy():
    """SciPy's BCa of a mean, with its own acceleration from the jackknife."""
    rng = np.random.default_rng(2)
    x = rng.exponential(size=60)
    draws = rng.choice(x, (4000, 60)).mean(axis=1)
    U = (x - x.mean()) / 60
    a = (U**3).sum() / (6 * (U**2).sum() ** 1.5)
    alpha = _bca(draws, x.mean(), a, np.array([0.025, 0.975]))
    ours = np.quantile(draws, alpha)
    theirs = stats.bootstrap(
        (x,), np.mean, n_resamples=4000, method="BCa", rng=rng
    ).confidence_interval
    width = theirs.high - theirs.low
    np.testing.assert_allclose(ours, [theirs.low, theirs.high], atol=0.06 * width)


def test_acceleration_of_a_count():
    """A Poisson number n has third moment n and variance n: a = 1 / (6 sqrt(n))."""
    total = lk.fit(
        lk.distributions.Sum(
            {"all": lk.distributions.Uniform(M)},
            yields=[lk.Parameter("n", 400.0, 0, 1000)],
        ),
        events(),
    )
    np.testing.assert_allclose(
        _acceleration(total, "poisson"), 1 / (6 * np.sqrt(500)), rtol=1e-6
    )


def test_a_constraint_fluctuates():
    """A parameter known from its constraint only has the error of the constraint."""
    width = lk.Parameter("width", 0.1, 0.02, 0.5)
    model = lk.distributions.Gauss(M, MU, width)
    loss = Likelihood(constraints=[GaussConstraint(width, 0.1, 0.0005)])
    result = lk.fit(model, events(signal=300, background=0), loss=loss)
    made = bootstrap(result, 400)
    np.testing.assert_allclose(made.errors["width"], result["width"].error, rtol=0.15)
    fold = jackknife(result, blocks=100)
    np.testing.assert_allclose(fold.errors["width"], result["width"].error, rtol=0.1)
    assert fold.shifts.shape == (1, 2)
    np.testing.assert_allclose(fold.shifts[0, 1], 0.0005, rtol=0.1)


def test_the_jackknife_of_a_mean_is_a_formula():
    """Leaving out one event at a time: the error of a mean is s / sqrt(n)."""
    x = np.random.default_rng(5).normal(5.9, 0.1, 80)
    wide = lk.Observable("m", -100, 100)
    mean = lk.Parameter("mean", 5.8, 0, 10)
    result = lk.fit(lk.distributions.Gauss(wide, mean, 0.1), x)
    fold = jackknife(result, blocks=80)
    np.testing.assert_allclose(
        fold.errors["mean"], x.std(ddof=1) / np.sqrt(80), rtol=1e-4
    )
    assert abs(fold.bias["mean"]) < 1e-3 * fold.errors["mean"]


def test_the_jackknife_knows_the_number_of_events(fitted):
    fold = jackknife(fitted, blocks=90, seed=1)
    assert fold.failures == {}
    total = fold.covariance[1:, 1:].sum()
    np.testing.assert_allclose(total, 500, rtol=0.05)
    for name in fold.names:
        assert abs(fold.errors[name] / fitted[name].error - 1) < 0.3


def test_events_of_one_label_leave_together(fitted):
    """Each event twice: the labels know that there are half as many."""
    double = lk.fit(extended(), np.repeat(events(), 2))
    together = jackknife(double, blocks=np.repeat(np.arange(500), 2))
    assert len(together) == 500
    for name in together.names:
        ratio = together.errors[name] / double[name].error
        assert abs(ratio - np.sqrt(2)) < 0.3


def test_categories_and_histograms_are_resampled(fitted):
    from likely.fit import Simultaneous

    both = Simultaneous({"a": extended(), "b": lk.distributions.Gauss(M, MU, 0.1)})
    data = {"a": events(), "b": events(7, 100, 0)}
    result = lk.fit(both, data)
    made = bootstrap(result, 200, seed=2)
    for name in made.names:
        assert abs(made.errors[name] / result[name].error - 1) < 0.25
    assert (made.acceleration[1:] > 0).all()


def test_tables_and_plain_numbers(resampled, fitted):
    text = str(resampled)
    assert "600 fits, 0 failed" in text
    assert "mu = 5.8" in text
    plain = resampled.to_dict()
    assert plain["n_failed"] == 0
    low, high = plain["parameters"]["mu"]["bca"]
    assert low < high
    fold = jackknife(fitted, blocks=90)
    assert "jackknife: 90 groups" in str(fold)
    assert fold.to_dict()["n_groups"] == 90


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda r: bootstrap(r, 0), "whole number of at least 1"),
        (lambda r: bootstrap(r, 5, kind="bayes"), "no `bayes`"),
        (lambda r: bootstrap(r, 5, seed=-1), "seed"),
        (lambda r: jackknife(r, blocks=1), "at least 2"),
        (lambda r: jackknife(r, blocks=501), "501 groups of 500 events"),
        (lambda r: jackknife(r, blocks=np.zeros(3)), "one label for each"),
        (lambda r: jackknife(r, blocks=np.zeros(500)), "one label"),
        (lambda r: bootstrap(r, 9).interval("nu"), "did you mean `mu`"),
        (lambda r: bootstrap(r, 9).interval("mu", method="t"), "no `t`"),
        (lambda r: bootstrap(r, 9).interval("mu", level=2.0), "between 0 and 1"),
    ],
)
def test_wrong_inputs_are_told(fitted, call, says):
    with pytest.raises(LikelyError, match=says):
        call(fitted)


def test_a_result_that_cannot_be_refitted(fitted):
    from_file = dataclasses.replace(fitted, objective=None)
    with pytest.raises(LikelyError, match="read from a file"):
        bootstrap(from_file, 5)
    fixed = lk.fit(lk.distributions.Gauss(M, 5.8, 0.1), events())
    with pytest.raises(LikelyError, match="no free parameter"):
        bootstrap(fixed, 5)
