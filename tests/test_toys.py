"""Toys: drawn from the model, fitted as one program, and what they say."""

import dataclasses

import jax
import numpy as np
import pytest
from scipy import stats

import likely as lk
from likely.core import LikelyError
from likely.fit import GaussConstraint, Likelihood
from likely.stats import Toys, coverage_test, growing_toys, toys
from likely.stats.coverage import CHANCE
from likely.stats.fitted import whole_number
from likely.stats.toy_status import FAILURES, hesse_errors, statuses

M = lk.Observable("m", 5, 7)


def massfit(fraction=0.3):
    return lk.distributions.Sum(
        {
            "signal": lk.distributions.Gauss(
                M, lk.Parameter("mu", 5.28, 5, 6), lk.Parameter("sigma", 0.06, 0.005, 1)
            ),
            "background": lk.distributions.Exponential(
                M, lk.Parameter("slope", -1.0, -10, 10)
            ),
        },
        fractions=[lk.Parameter("fraction", fraction, 0, 1)],
    )


def extended(signal=60.0, background=140.0):
    return lk.distributions.Sum(
        {
            "signal": lk.distributions.Gauss(M, lk.Parameter("mu", 5.8, 5, 7), 0.1),
            "background": lk.distributions.Uniform(M),
        },
        yields=[
            lk.Parameter("signal.yield", signal, -100, 1000),
            lk.Parameter("background.yield", background, 0, 1000),
        ],
    )


def test_a_toy_is_the_fit_of_its_events():
    """Values, errors and loss of each toy are those of `fit` to the same events."""
    model = massfit()
    made = toys(model, 6, n_events=700, seed=4)
    objective = Likelihood().objective(model, np.full((1, 1), 5.5))
    generator = objective.generator(made.truth, n_events=700)
    for i in range(6):
        key = jax.random.fold_in(jax.random.key(4), i)
        blocks, _ = generator.data(key, 700)
        counts = np.asarray(blocks.counts)[0]
        columns = np.asarray(blocks.columns)[0]
        events = np.concatenate(
            [c[0, :n] for c, n in zip(columns, counts, strict=True)]
        )
        assert len(events) == made.n_events[i] == 700
        one = lk.fit(model, events, minimiser=lk.Newton(starts=1))
        errors = np.array([one[n].error for n in made.names])
        assert (np.abs(made.values[i] - one.free_values) < 1e-3 * errors).all()
        np.testing.assert_allclose(made.errors[i], errors, rtol=1e-3)
        np.testing.assert_allclose(made.loss[i], one.loss, rtol=0, atol=1e-5)


@pytest.mark.parametrize("n_events", [300, 5000])
def test_generated_events_follow_the_model(n_events):
    model = massfit()
    objective = Likelihood().objective(model, np.full((1, 1), 5.5))
    generator = objective.generator(objective.space.start, n_events=n_events)
    events = []
    for key in jax.random.split(jax.random.key(0), 4):
        blocks, _ = generator.data(key, n_events)
        shown = (
            np.arange(blocks.columns.shape[-1]) < np.asarray(blocks.counts)[0][:, None]
        )
        events.append(np.asarray(blocks.columns)[0, :, 0][shown])
    events = np.concatenate(events)
    assert len(events) == 4 * n_events

    def cdf(x):
        peak = stats.truncnorm(-0.28 / 0.06, 1.72 / 0.06, loc=5.28, scale=0.06).cdf(x)
        fall = np.expm1(-(x - 5)) / np.expm1(-2.0)
        return 0.3 * peak + 0.7 * fall

    assert stats.kstest(events, cdf).pvalue > 1e-3


def test_extended_toys_fluctuate_as_poisson():
    made = toys(extended(), 400, seed=2)
    assert made.ok
    n = made.n_events
    assert abs(n.mean() - 200) < 4 * np.sqrt(200 / 400)
    assert 0.8 < n.var(ddof=1) / 200 < 1.25
    # Sum of yields equals the events of each toy: the extended likelihood's identity.
    np.testing.assert_allclose(made.values[:, 1:].sum(axis=1), n, rtol=1e-6)


def test_pulls_and_coverage_of_a_healthy_fit():
    made = toys(massfit(), 400, n_events=2000, seed=3, minos=True)
    assert made.failures == {}
    for summary in made.summaries.values():
        assert abs(summary.mean) < 4 * summary.mean_error + 0.05
        assert abs(summary.width - 1) < 4 * summary.width_error
        assert abs(summary.coverage - 0.683) < 4 * summary.coverage_error
        assert abs(summary.minos_coverage - 0.683) < 4 * summary.minos_coverage_error


def test_minos_covers_as_minos_says():
    """The extra fit agrees with the interval that `minos` finds."""
    model = extended(signal=8.0, background=40.0)
    made = toys(model, 12, seed=5, minos=True)
    objective = Likelihood().objective(model, np.full((1, 1), 5.5))
    generator = objective.generator(made.truth)
    agree = 0
    for i in range(12):
        key = jax.random.fold_in(jax.random.key(5), i)
        n = int(generator.numbers(key[None])[0])
        blocks, _ = generator.data(key, n)
        events = np.asarray(blocks.columns)[0, :, 0].ravel()[:n]
        one = lk.minos(lk.fit(model, events, minimiser=lk.Newton(starts=1)))
        for j, name in enumerate(made.names):
            e = one[name]
            if e.lower is None or e.upper is None:
                continue
            inside = e.value + e.lower <= made.truth[j] <= e.value + e.upper
            assert inside == made.minos_covers[i, j]
            agree += 1
    assert agree > 24


def test_constraints_are_measured_anew():
    """A parameter known only from its constraint has a pull of width one."""
    mu = lk.Parameter("mu", 5.5, 5, 6)
    sigma = lk.Parameter("sigma", 0.2, 0.05, 0.5)
    model = lk.distributions.Gauss(M, mu, sigma)
    loss = Likelihood(constraints=[GaussConstraint(sigma, 0.2, 0.001)])
    made = toys(model, 300, n_events=100, seed=6, loss=loss)
    spread = made.values[:, 1].std(ddof=1)
    # The events know sigma to 0.014: the constraint decides, and it fluctuates.
    assert 0.8 < spread / 0.001 < 1.2
    assert abs(made.summaries["sigma"].width - 1) < 0.17


def test_toys_do_not_depend_on_how_many_there_are():
    few = toys(massfit(), 5, n_events=300, seed=7)
    many = toys(massfit(), 40, n_events=300, seed=7)
    np.testing.assert_array_equal(few.values, many.values[:5])
    other = toys(massfit(), 5, n_events=300, seed=8)
    assert np.abs(other.values - few.values).min() > 0


def test_resumed_toys_equal_uninterrupted_ones(monkeypatch):
    import likely.stats.toy_making as module

    monkeypatch.setattr(module, "CHUNK_EVENTS", 10_000)
    grown = list(growing_toys(massfit(), 150, n_events=300, seed=9))
    assert len(grown) > 2
    assert [len(g) for g in grown] == sorted({len(g) for g in grown})
    *_, resumed = growing_toys(massfit(), 150, n_events=300, seed=9, earlier=grown[0])
    np.testing.assert_array_equal(resumed.values, grown[-1].values)
    np.testing.assert_array_equal(resumed.errors, grown[-1].errors)
    # An earlier part that ends inside a chunk is used up to the chunk's beginning.
    *_, cut = growing_toys(massfit(), 150, n_events=300, seed=9, earlier=grown[1][:-3])
    np.testing.assert_array_equal(cut.values, grown[-1].values)
    *_, whole = growing_toys(massfit(), 150, n_events=300, seed=9, earlier=grown[-1])
    np.testing.assert_array_equal(whole.values, grown[-1].values)


def test_failures_are_counted_with_their_reason():
    code = np.array([1, 0, 3, 1])
    value = np.array([1.0, 1.0, np.inf, 1.0])
    definite = np.array([True, True, False, False])
    status = statuses(code, value, definite)
    np.testing.assert_array_equal(status, [0, 2, 1, 3])
    made = toys(massfit(), 4, n_events=300, seed=1)
    broken = dataclasses.replace(made, status=status)
    assert broken.failures == dict.fromkeys(FAILURES, 1)
    assert broken.to_dict()["n_failed"] == 3
    assert broken.ok
    assert not dataclasses.replace(made, status=status * 0 + 2).ok
    assert "3 failed" in str(broken)


def test_a_degenerate_model_fails_toy_by_toy():
    """Two equal components: no toy knows their fractions, and each says so."""
    mu = lk.Parameter("mu", 5.5, 5, 6)
    model = lk.distributions.Sum(
        {
            "a": lk.distributions.Gauss(M, mu, 0.1),
            "b": lk.distributions.Gauss(M, mu, 0.1),
        },
        fractions=[lk.Parameter("fraction", 0.5, 0, 1)],
    )
    made = toys(model, 16, n_events=100, seed=1)
    assert made.failures == {"the Hessian is not positive definite": 16}
    assert np.isnan(made.errors).all()


def test_toys_on_a_limit_have_no_error_there():
    limited = lk.distributions.Sum(
        {
            "signal": lk.distributions.Gauss(M, 5.8, 0.1),
            "background": lk.distributions.Uniform(M),
        },
        yields=[
            lk.Parameter("signal.yield", 0.0, 0, 100),
            lk.Parameter("background.yield", 50.0, 0, 1000),
        ],
    )
    made = toys(limited, 64, seed=1)
    assert made.failures == {}
    on = made.values[:, 0] == 0
    assert 10 < on.sum() < 54
    np.testing.assert_array_equal(np.isnan(made.errors[:, 0]), on)
    # The other one's error is for a signal of zero: that of a count.
    np.testing.assert_allclose(
        made.errors[on, 1], np.sqrt(made.n_events[on]), rtol=1e-3
    )
    assert made.summaries["signal.yield"].n == 64 - on.sum()


def test_hesse_errors_are_those_of_the_inverse():
    rng = np.random.default_rng(0)
    A = rng.normal(size=(5, 3, 3))
    H = A @ A.transpose(0, 2, 1) + np.eye(3)
    space = lk.core.ParameterSpace.of([lk.Parameter(n, 0.0, -1, 1) for n in "abc"])
    errors, definite = hesse_errors(np.zeros((5, 3)), np.zeros((5, 3)), H, space)
    assert definite.all()
    truth = np.sqrt(np.diagonal(np.linalg.inv(H), axis1=1, axis2=2))
    np.testing.assert_allclose(errors, truth, rtol=1e-12)
    H[2] = np.nan
    H[3] = -np.eye(3)
    errors, definite = hesse_errors(np.zeros((5, 3)), np.zeros((5, 3)), H, space)
    np.testing.assert_array_equal(definite, [True, True, False, False, True])
    assert np.isnan(errors[2:4]).all()


def test_from_a_result():
    rng = np.random.default_rng(1)
    events = np.concatenate([rng.normal(5.8, 0.1, 60), rng.uniform(5, 7, 140)])
    result = lk.fit(extended(), events)
    made = toys(result, 64, seed=1)
    np.testing.assert_array_equal(made.truth, result.free_values)
    assert abs(made.n_events.mean() - 200) < 10


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: toys(massfit(), 10), "n_events"),
        (lambda: toys(massfit(), 0, n_events=10), "whole number"),
        (lambda: toys(massfit(), True, n_events=10), "whole number"),
        (lambda: toys(massfit(), 3, n_events=0), "n_events.*at least 1"),
        # Straight to the check: under test the types of the door are checked before.
        (
            lambda: whole_number("toys", "n_events", 2.5, least=1),
            "n_events.*at least 1",
        ),
        (lambda: whole_number("toys", "seed", "x", least=0), "seed.*'x'"),
        (lambda: toys(massfit(), 3, n_events=5, seed=-1), "seed"),
        (lambda: toys(extended(-90.0, 10.0), 3), "sum is positive"),
        (lambda: toys(extended(), 3, n_events=10), "sum of its yields"),
        (lambda: toys("model", 3), "str"),
        (lambda: toys(lk.distributions.Gauss(M, 5.5, 0.1), 3, n_events=5), "no free"),
    ],
)
def test_wrong_inputs_are_told(call, says):
    with pytest.raises(LikelyError, match=says):
        call()


def test_a_failed_fit_is_no_truth():
    result = lk.fit(extended(), np.linspace(5.1, 6.9, 50))
    failed = dataclasses.replace(
        result, status=lk.core.Status(ok=False, message="flat")
    )
    with pytest.raises(LikelyError, match="no truth to draw from: flat"):
        toys(failed, 3)


def test_weighted_fits_have_no_toys():
    data = lk.Dataset.of({"m": np.linspace(5.1, 6.9, 50)}, weights=np.full(50, 2.0))
    result = lk.fit(extended(), data)
    with pytest.raises(LikelyError, match="weights"):
        toys(result, 3)


def healthy(n_events):
    """Gauss and exponential, extended, of so many events."""
    return lk.distributions.Sum(
        {
            "signal": lk.distributions.Gauss(
                M,
                lk.Parameter("mu", 5.8, 5, 7),
                lk.Parameter("sigma", 0.15, 0.01, 1),
            ),
            "background": lk.distributions.Exponential(
                M, lk.Parameter("slope", -1.0, -10, 10)
            ),
        },
        yields=[
            lk.Parameter("signal.yield", 0.4 * n_events, 0, 10 * n_events),
            lk.Parameter("background.yield", 0.6 * n_events, 0, 10 * n_events),
        ],
    )


@pytest.mark.slow
def test_hesse_and_minos_cover():
    """1000 toys of each size: 68.27 % within 3.5 sigma, of all 30 numbers together.

    The chance that errors which are right fail is 4.7e-4 in all (Bonferroni).
    """
    for n_events in (500, 2000, 10_000):
        made = toys(healthy(n_events), 1000, seed=n_events, minos=True)
        assert made.valid.sum() > 990
        tested = coverage_test(made, level=CHANCE / 3)
        coverages = [c for c in tested.checks if c.about in ("hesse", "minos")]
        assert len(coverages) == 10
        below = [c for c in coverages if c.p_value < CHANCE / 30]
        assert not below, "; ".join(c.sentence for c in below)
    assert tested.ok, tested.message


def made_by_hand(pulls, **changes):
    """Toys of two parameters with these pulls."""
    errors = np.full(pulls.shape, 0.1)
    made = Toys(
        names=("a", "b"),
        truth=np.array([1.0, 2.0]),
        values=np.array([[1.0, 2.0]]) + errors * pulls,
        errors=errors,
        status=np.zeros(len(pulls), int),
        loss=np.zeros(len(pulls)),
        n_events=np.full(len(pulls), 100),
        minos_covers=np.abs(pulls) <= 1,
    )
    return dataclasses.replace(made, **changes)


def normal(n=1000, seed=0):
    return np.random.default_rng(seed).normal(size=(n, 2))


def test_right_errors_pass_the_test_of_coverage():
    tested = coverage_test(made_by_hand(normal()))
    assert tested.ok
    assert tested.failing == ()
    assert {c.about for c in tested.checks} == {"mean", "width", "hesse", "minos"}
    assert "the errors are right: 8 numbers of 1000 toys" in tested.message
    # The p-values are those of SciPy.
    pulls = normal()
    (mean,) = [c for c in tested.checks if (c.parameter, c.about) == ("a", "mean")]
    theirs = stats.ttest_1samp(pulls[:, 0], 0.0).pvalue
    assert mean.p_value == pytest.approx(theirs, rel=0.02)
    (part,) = [c for c in tested.checks if (c.parameter, c.about) == ("a", "hesse")]
    inside = int((np.abs(pulls[:, 0]) <= 1).sum())
    assert part.p_value == stats.binomtest(inside, 1000, stats.chi2.cdf(1, 1)).pvalue


@pytest.mark.parametrize(
    ("pulls", "about", "says"),
    [
        (normal() + np.array([[0.0, 0.25]]), "mean", "the mean pull of b"),
        (normal() * np.array([[1.2, 1.0]]), "width", "the width of the pull of a"),
    ],
)
def test_wrong_errors_fail_the_test_of_coverage(pulls, about, says):
    tested = coverage_test(made_by_hand(pulls))
    assert not tested.ok
    assert about in {c.about for c in tested.failing}
    assert "the errors are wrong" in tested.message
    assert any(says in c.sentence for c in tested.failing)
    assert not tested.to_dict()["ok"]
    assert tested.p_value < tested.level


def test_intervals_that_do_not_cover_are_found():
    covers = np.random.default_rng(1).uniform(size=(1000, 2)) < np.array([[0.68, 0.55]])
    tested = coverage_test(made_by_hand(normal(), minos_covers=covers))
    assert [c.about for c in tested.failing] == ["minos"]
    assert "coverage of the MINOS intervals of b" in tested.message


def test_the_test_of_coverage_says_what_it_cannot():
    few = coverage_test(made_by_hand(normal(10)))
    assert not few.ok
    assert "nothing can be said" in few.message
    with pytest.raises(LikelyError, match="probability"):
        coverage_test(made_by_hand(normal()), level=1.5)


@pytest.mark.slow
def test_the_test_of_coverage_has_its_level():
    """Of 2000 sets of right pulls at most as many fail as it says."""
    level = 0.05
    failed = sum(
        not coverage_test(made_by_hand(normal(400, seed)), level=level).ok
        for seed in range(2000)
    )
    assert failed / 2000 < level + 4 * np.sqrt(level / 2000)
