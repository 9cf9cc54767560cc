"""What a fit says of itself when it fails, or looks odd: each on a real fit."""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import likely as lk
from likely.core import (
    AbstractDistribution,
    AbstractFactor,
    Factor,
    Term,
    compile_clock,
)
from likely.distributions import Argus, Exponential, Gauss, Sum, Uniform
from likely.fit.diagnosis import unless_it_fails
from likely.fit.suspicions import suspicions

M = lk.Observable("m", 5.0, 7.0, "GeV")


def peak(mu, sigma, ns, nb):
    return Sum({"peak": Gauss(M, mu, sigma), "flat": Uniform(M)}, yields=[ns, nb])


def number(name, start, upper=9000.0):
    return lk.Parameter(name, start, 0, upper)


def test_the_first_event_of_zero_density_and_its_components():
    edges = Sum(
        {"low": Argus(M, lk.Parameter("a", 5.5, 5.4, 5.6), -1.0)}
        | {"high": Argus(M, lk.Parameter("b", 6.0, 5.9, 6.1), -1.0)},
        yields=[number("n", 10), number("k", 10)],
    )
    result = lk.fit(edges, {"m": [5.1, 5.2, 6.5, 5.3, 6.8]})
    assert not result.ok
    assert "not finite at the start values" in result.message
    assert "2 events, the first in event 2 of the 5 used" in result.message
    assert "m = 6.5 GeV" in result.message
    assert "`low` is zero, `high` is zero" in result.message


@final
class Broken(AbstractDistribution, AbstractFactor):
    """A density of somebody else that is no number above 6."""

    observables: tuple[lk.Observable, ...] = eqx.field(static=True, default=(M,))

    def log_prob(self, x):
        return jnp.where(x[0] > 6, jnp.nan, -jnp.log(2.0))

    def log_shape(self, x):
        return self.log_prob(x)

    def sample(self, key):
        return 5 + jax.random.uniform(key, (1,))

    def terms(self):
        return (Term(jnp.ones(()), jnp.zeros(()), (Factor(self, (0,)),)),)


def test_one_component_is_undefined():
    f = lk.Parameter("f", 0.5, 0, 1)
    with_nan = Sum({"peak": Broken(), "flat": Uniform(M)}, fractions=[f])
    result = lk.fit(with_nan, {"m": [5.1, 5.2, 6.5]})
    assert not result.ok
    assert "at event 2 of the 3 used" in result.message
    assert "`peak` is undefined (NaN)" in result.message
    assert "`flat`" not in result.message


def test_components_that_add_up_to_nothing():
    model = peak(5.5, 0.05, lk.Parameter("ns", -300, -500, 500), number("nb", 100))
    m = np.append(np.linspace(5.01, 6.99, 100), 5.5)
    result = lk.fit(model, {"m": m}, minimiser=lk.Newton(starts=1))
    assert not result.ok
    assert "add up to nothing or less" in result.message
    assert "in event" in result.message


def test_a_category_is_named():
    endpoint = lk.Parameter("endpoint", 5.5, 5.4, 5.6)
    both = lk.Simultaneous({"one": Uniform(M), "two": Argus(M, endpoint, -1.0)})
    result = lk.fit(both, {"one": {"m": [5.1]}, "two": {"m": [5.2, 6.2]}})
    assert not result.ok
    assert "In `two`: the density is zero or undefined at event 1" in result.message


def test_a_component_at_zero_and_what_then_means_nothing():
    """There is a hole wherever the peak may be, so its yield ends on its limit."""
    m = np.random.default_rng(0).uniform(5, 7, 400)
    m = m[abs(m - 5.5) > 0.3]
    mu = lk.Parameter("mu", 5.5, 5.4, 5.6)
    sigma = lk.Parameter("sigma", 0.03, 0.02, 0.05)
    result = lk.fit(peak(mu, sigma, number("ns", 5), number("nb", 300)), {"m": m})
    assert not result.ok
    assert "do not determine" in result.message
    assert "Component `peak` vanishes, its yield is 0" in result.message
    assert "mu, sigma mean nothing" in result.message
    assert any("at a limit: ns" in note for note in result.status.notes)


def test_a_fraction_of_zero():
    mu = lk.Parameter("mu", 5.5, 5.4, 5.6)
    fraction = lk.Parameter("f", 1.0, fixed=True)
    both = Sum({"flat": Uniform(M), "peak": Gauss(M, mu, 0.1)}, fractions=[fraction])
    result = lk.fit(both, {"m": np.linspace(5, 7, 50)})
    assert not result.ok
    assert "`peak` vanishes, its fraction is 0: mu mean" in result.message


def test_a_component_within_its_error_of_zero():
    m = np.append(np.linspace(5.001, 6.999, 400), [5.49, 5.5, 5.51, 5.52])
    mu = lk.Parameter("mu", 5.5, 5.3, 5.7)
    ns = lk.Parameter("ns", 5, -200, 500)
    result = lk.fit(peak(mu, 0.1, ns, number("nb", 300)), {"m": m})
    assert result.ok
    (note,) = [n for n in result.status.notes if "vanishes" in n]
    assert "component `peak` vanishes within its error, its yield is" in note
    assert note.endswith("mu of its shape mean nothing then.")


def test_an_error_larger_than_the_limits():
    m = 5 + 0.1 * np.arange(1, 19)
    free = lk.fit(Exponential(M, lk.Parameter("slope", -0.5, -10, 10)), {"m": m})
    best = free["slope"].value
    narrow = lk.Parameter("slope", best, best - 0.01, best + 0.01)
    result = lk.fit(Exponential(M, narrow), {"m": m})
    (note,) = result.status.notes
    assert note.startswith(f"the error of slope ({result['slope'].error:.2g})")
    assert "(0.02)" in note


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (0.5, "a and b are almost completely correlated (-0.99"),
        (20.0, "nearly flat along `a - b` (condition number"),
    ],
)
def test_parameters_that_are_hardly_told_apart(known, said):
    """Only a constraint tells `a` from `b`; the better it is, the weaker the word."""
    m = np.random.default_rng(1).normal(6, 0.1, 400)
    a, b = lk.Parameter("a", 3, -99, 99), lk.Parameter("b", 3, -99, 99)
    loss = lk.Likelihood([lk.GaussConstraint(b, 3, known)])
    result = lk.fit(Gauss(M, a + b, 0.1), {"m": m}, loss=loss)
    assert result.ok
    (note,) = result.status.notes
    assert said in note


def test_a_healthy_fit_has_no_notes_and_pays_nothing():
    rng = np.random.default_rng(2)
    m = np.concatenate([rng.normal(5.5, 0.1, 500), rng.uniform(5, 7, 900)])
    mu, sigma = lk.Parameter("mu", 5.6, 5, 6), lk.Parameter("sigma", 0.2, 0.01, 1)
    result = lk.fit(peak(mu, sigma, number("ns", 9), number("nb", 9)), {"m": m})
    assert result.ok
    assert result.status.notes == ()
    with compile_clock() as clock:
        assert suspicions(result.objective, result.minimum, result.covariance) == ()
    assert clock.seconds == 0


def test_a_diagnosis_that_fails_is_none():
    def question():
        raise ZeroDivisionError

    assert unless_it_fails(question, "nothing") == "nothing"
