"""Tests of nested fits: against Wilks, Chernoff, closed forms and their own toys."""

import copy
import dataclasses

import numpy as np
import pytest
from scipy import stats

import likely as lk
from likely.core import LikelyError
from likely.fit import GaussConstraint
from likely.stats import likelihood_ratio
from likely.stats.fitted import converged_fit
from likely.stats.likelihood_ratios import LikelihoodRatio, _log_p_value, _significance

M = lk.Observable("m", 5, 7)
BACKGROUND = lk.Parameter("background.yield", 200.0, 0, 1000)


def model(low=0.0, *, mu=5.8, signal=20.0, fixed=False):
    return lk.distributions.Sum(
        {
            "signal": lk.distributions.Gauss(M, mu, 0.1),
            "background": lk.distributions.Uniform(M),
        },
        yields=[
            lk.Parameter("signal.yield", signal, low, 500, fixed=fixed),
            BACKGROUND,
        ],
    )


def background():
    return lk.distributions.Sum(
        {"background": lk.distributions.Uniform(M)}, yields=[BACKGROUND]
    )


def events(signal=20, seed=0):
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(5.8, 0.1, signal), rng.uniform(5, 7, 200)])


@pytest.fixture(scope="module")
def null():
    return lk.fit(background(), events())


@pytest.fixture(scope="module")
def other():
    return lk.fit(model(), events())


def test_q_is_the_difference_of_the_losses(null, other):
    test = likelihood_ratio(null, other)
    assert test.q == pytest.approx(null.loss - other.loss)
    assert (test.ndof, test.extra) == (1, ("signal.yield",))
    assert test.at_limit == ("signal.yield",)
    # Chernoff: half of the time no signal is fitted, and the other half is chi-square.
    assert test.p_value == pytest.approx(0.5 * stats.chi2.sf(test.q, 1))
    assert test.significance == pytest.approx(np.sqrt(test.q))
    assert "half chi-square" in test.notes[0]
    assert "sigma" in test.message


def test_a_fixed_yield_of_zero_is_the_same_null(null, other):
    fixed = lk.fit(model(signal=0.0, fixed=True), events())
    again, direct = likelihood_ratio(fixed, other), likelihood_ratio(null, other)
    assert again.q == pytest.approx(direct.q, abs=1e-6)
    assert again.at_limit == direct.at_limit


def test_away_from_a_limit_it_is_wilks(null):
    test = likelihood_ratio(null, lk.fit(model(-100.0), events()))
    assert test.at_limit == ()
    assert test.notes == ()
    assert test.p_value == pytest.approx(stats.chi2.sf(test.q, 1))
    assert test.significance == pytest.approx(stats.norm.isf(test.p_value))


def test_a_closed_form():
    """A Gaussian of known width: q is the square of the pull of its mean."""
    wide = lk.Observable("m", -100, 100)
    x = np.random.default_rng(3).normal(0.2, 1.0, 50)

    def gauss(fixed):
        mean = lk.Parameter("mean", 0.0, -10, 10, fixed=fixed)
        width = lk.Parameter("width", 1.0, 0.1, 9, fixed=True)
        return lk.distributions.Gauss(wide, mean, width)

    test = likelihood_ratio(lk.fit(gauss(True), x), lk.fit(gauss(False), x))
    assert test.q == pytest.approx(50 * x.mean() ** 2, abs=1e-6)
    with pytest.raises(LikelyError, match="no free parameter"):
        likelihood_ratio(lk.fit(gauss(True), x), lk.fit(gauss(False), x), toys=5)


@pytest.mark.parametrize(("q", "d"), [(0.5, 1), (9.0, 2), (30.0, 3)])
def test_asymptotic_probabilities(q, d):
    assert np.exp(_log_p_value(q, d, half=False)) == pytest.approx(stats.chi2.sf(q, d))
    less = stats.chi2.sf(q, d - 1) if d > 1 else 0.0
    mixed = 0.5 * (less + stats.chi2.sf(q, d))
    assert np.exp(_log_p_value(q, d, half=True)) == pytest.approx(mixed)


def test_a_huge_q_has_a_significance():
    log_p = _log_p_value(4000.0, 1, half=True)
    assert np.exp(log_p) == 0.0
    assert _significance(log_p) == pytest.approx(np.sqrt(4000.0), rel=1e-9)
    assert _log_p_value(0.0, 1, half=True) == 0.0
    assert _significance(0.0) == 0.0


def test_a_position_without_a_signal_has_no_meaning(null):
    free = model(mu=lk.Parameter("mu", 5.8, 5, 7))
    test = likelihood_ratio(null, lk.fit(free, events()))
    assert test.ndof == 2
    assert any("mu has no meaning" in note for note in test.notes)


def test_a_null_that_is_not_found_is_noted():
    """A Student density contains the Gaussian only at infinity."""
    x = np.random.default_rng(1).normal(5.9, 0.1, 200)
    mu, width = lk.Parameter("mu", 5.9, 5, 7), lk.Parameter("width", 0.1, 0.01, 1)
    tails = lk.Parameter("nu", 20.0, 1, 1e5)
    gauss = lk.fit(lk.distributions.Gauss(M, mu, width), x)
    student = lk.fit(lk.distributions.StudentT(M, mu, width, tails), x)
    if not student.ok or student.loss > gauss.loss + 1e-3:
        pytest.fail("the fit that the test rests on did not converge")
    assert "was not found" in likelihood_ratio(gauss, student).notes[0]


@pytest.fixture(scope="module")
def toyed(null, other):
    return likelihood_ratio(null, other, toys=1000, seed=1)


def test_toys_follow_chernoff(toyed):
    """Half of the q are zero, the rest chi-square: the p-values are theirs."""
    assert toyed.n_failed == 0
    q = toyed.toys
    zero = (q < 1e-6).mean()
    assert abs(zero - 0.5) < 4 * np.sqrt(0.25 / 1000)
    assert stats.kstest(q[q >= 1e-6], stats.chi2(1).cdf).pvalue > 1e-3
    assert abs(toyed.toys_p_value - toyed.p_value) < 4 * toyed.toys_p_value_error


def test_a_toy_is_fitted_as_fit_does(null, other, toyed):
    """q of some toys, by two fits to the same events."""
    import jax

    generator = null.objective.generator(null.free_values)
    for i in range(4):
        key = jax.random.fold_in(jax.random.key(1), i)
        n = int(generator.numbers(key[None])[0])
        blocks, _ = generator.data(key, n)
        x = np.asarray(blocks.columns)[0, :, 0].ravel()[:n]
        pair = lk.fit(background(), x), lk.fit(model(), x)
        assert toyed.toys[i] == pytest.approx(pair[0].loss - pair[1].loss, abs=1e-4)


def test_more_toys_are_the_same_toys(null, other, toyed):
    few = likelihood_ratio(null, other, toys=600, seed=1)
    np.testing.assert_array_equal(few.toys, toyed.toys[:600])
    assert "significance" in few.to_dict()
    assert few.to_dict()["n_toys"] == 600


def test_no_toy_above_gives_an_upper_limit():
    test = LikelihoodRatio(50.0, 1, 1e-12, 7.0, ("s",), toys=np.linspace(0, 9, 100))
    assert test.toys_p_value == 0
    assert test.toys_p_value_error > 0
    # 1 - 0.05^(1/100), about three over the number of toys.
    assert test.toys_p_value_upper == pytest.approx(1 - 0.05**0.01)
    assert "none is as extreme" in test.message
    assert test.toys_significance == pytest.approx(stats.norm.isf(1 - 0.05**0.01))
    every = dataclasses.replace(test, q=0.0)
    assert every.toys_p_value == every.toys_p_value_upper == 1
    nothing = dataclasses.replace(test, toys=np.zeros(0), n_failed=3)
    assert nothing.toys_p_value is None
    assert "No toy has valid fits; 3 more failed" in nothing.message


def altered(result, **changes):
    """The fit, as if its objective were another one."""
    objective = copy.copy(result.objective)
    for name, value in changes.items():
        setattr(objective, name, value)
    return dataclasses.replace(result, objective=objective)


def held():
    return (GaussConstraint(BACKGROUND, 200.0, 5.0),)


def narrow():
    near = lk.Observable("m", 4.9, 7)
    return lk.fit(
        lk.distributions.Sum(
            {"background": lk.distributions.Uniform(near)}, yields=[BACKGROUND]
        ),
        events(),
    )


@pytest.mark.parametrize(
    ("null_of", "other_of", "says"),
    [
        (lambda n, o: o, lambda n, o: n, "signal.yield is free in the null"),
        (lambda n, o: n, lambda n, o: n, "same free parameters"),
        (lambda n, o: n, lambda n, o: lk.fit(model(), events(seed=1)), "though of 220"),
        (lambda n, o: n, lambda n, o: lk.fit(model(), events(30)), "220 and 230"),
        (lambda n, o: narrow(), lambda n, o: o, "ranges"),
        (lambda n, o: n, lambda n, o: altered(o, extended=False), "extended"),
        (
            lambda n, o: n,
            lambda n, o: altered(o, constraints=held()),
            "constraints",
        ),
        (lambda n, o: n, lambda n, o: altered(o, weighted=True), "weighted"),
        (lambda n, o: n, lambda n, o: dataclasses.replace(o, objective=None), "file"),
        (
            lambda n, o: n,
            lambda n, o: dataclasses.replace(o, status=lk.core.Status(False, "flat")),
            "no valid minimum: flat",
        ),
        (
            lambda n, o: n,
            lambda n, o: dataclasses.replace(o, loss=n.loss + 1.0),
            "fits worse than",
        ),
    ],
)
def test_fits_that_cannot_be_compared(null, other, null_of, other_of, says):
    with pytest.raises(LikelyError, match=says):
        likelihood_ratio(null_of(null, other), other_of(null, other))


def test_wrong_numbers(null, other):
    # Straight to the check: under test the types of the door are checked before.
    with pytest.raises(LikelyError, match="takes a result of `fit`; got str"):
        converged_fit("likelihood_ratio", "fit")
    with pytest.raises(LikelyError, match="toys.*at least 0"):
        likelihood_ratio(null, other, toys=-1)
    with pytest.raises(LikelyError, match="starts.*at least 1"):
        likelihood_ratio(null, other, starts=0)


@pytest.mark.slow
def test_a_peak_anywhere_needs_the_toys(null):
    """Looking elsewhere: the asymptotic p-value is too small, that of toys is not.

    Fits of the toys by scipy on a grid of positions give the same distribution.
    """
    free = lk.fit(model(mu=lk.Parameter("mu", 5.8, 5, 7)), events(12))
    here = lk.fit(background(), events(12))
    test = likelihood_ratio(here, free, toys=2000)
    assert test.toys_p_value > 2 * test.p_value
    rng = np.random.default_rng(0)
    grid = np.linspace(5, 7, 81)
    above = 0
    for _ in range(300):
        x = rng.uniform(5, 7, rng.poisson(212))
        shapes = stats.norm.pdf(x, grid[:, None], 0.1)
        shapes /= (stats.norm.cdf(7, grid, 0.1) - stats.norm.cdf(5, grid, 0.1))[:, None]
        share = np.linspace(0, 0.4, 201)[:, None, None]
        q = 2 * np.log(1 + share * (2 * shapes - 1)).sum(axis=-1).max()
        above += q >= test.q
    p = above / 300
    assert abs(p - test.toys_p_value) < 4 * np.sqrt(p * (1 - p) / 300) + 0.01
