"""MINOS, profiles, contours and weighted errors against closed forms and iminuit."""

import iminuit
import numpy as np
import pytest
from scipy import optimize

import likely as lk
from likely.core import LikelyError
from likely.distributions import Exponential, Gauss, Sum, Uniform

T = lk.Observable("t", 0, 400)


def exponential_fit(n=50, seed=0):
    t = np.random.default_rng(seed).exponential(2.0, n)
    tau = lk.Parameter("tau", 1.0, 0.1, 20)
    return t, lk.fit(Exponential(T, -1 / tau), {"t": t})


def test_minos_of_a_lifetime_in_closed_form():
    t, result = exponential_fit()
    result = lk.minos(result)
    n, mean = len(t), t.mean()

    def rise(tau):
        # The truncation at 200 lifetimes changes nothing.
        return 2 * n * (np.log(tau / mean) + mean / tau - 1) - 1

    low = optimize.brentq(rise, 0.3 * mean, mean) - mean
    high = optimize.brentq(rise, mean, 3 * mean) - mean
    error = mean / np.sqrt(n)
    assert result["tau"].value == pytest.approx(mean, rel=1e-6)
    assert result["tau"].error == pytest.approx(error, rel=1e-6)
    assert result["tau"].lower == pytest.approx(low, abs=1e-4 * error)
    assert result["tau"].upper == pytest.approx(high, abs=1e-4 * error)


def test_two_sigma_is_wider():
    _, result = exponential_fit()
    one, two = lk.minos(result), lk.minos(result, ["tau"], sigma=2.0)
    assert two["tau"].upper > 2 * one["tau"].upper
    assert two["tau"].lower > 2 * one["tau"].lower


def test_profile_of_a_lifetime_in_closed_form():
    t, result = exponential_fit()
    curve = lk.profile(lk.minos(result), "tau", points=9)
    n, mean = len(t), t.mean()
    expected = 2 * n * (np.log(curve.values / mean) + mean / curve.values - 1)
    slope = 2 * n * (1 / curve.values - mean / curve.values**2)
    assert curve.loss_difference == pytest.approx(expected, abs=1e-5)
    assert curve.slope == pytest.approx(slope, abs=1e-4)
    assert curve.loss_difference.argmin() == 4


def mass_fit():
    rng = np.random.default_rng(1)
    m = lk.Observable("m", 0, 10)
    events = np.concatenate([rng.normal(4, 0.5, 300), rng.uniform(0, 10, 400)])
    model = Sum(
        {
            "s": Gauss(
                m, lk.Parameter("mu", 4, 2, 6), lk.Parameter("sigma", 0.5, 0.1, 2)
            ),
            "b": Uniform(m),
        },
        yields=[lk.Parameter("ns", 300, 0, 1000), lk.Parameter("nb", 400, 0, 1000)],
    )
    return lk.fit(model, {"m": events})


def test_contour_against_iminuit():
    result = mass_fit()
    objective = result.objective
    names = [p.name for p in objective.space.free]
    minuit = iminuit.Minuit(objective.value, result.free_values, name=names)
    minuit.errordef = 0.5
    minuit.migrad()
    other = minuit.mncontour("sigma", "ns", cl=0.6827, size=30)
    ours = lk.contour(result, "sigma", "ns", level=0.6827, points=30)
    center = [result["sigma"].value, result["ns"].value]
    scale = [result["sigma"].error, result["ns"].error]
    a = (other - center) / scale
    b = (np.stack([ours.x, ours.y], 1) - center) / scale
    order = np.argsort(np.arctan2(b[:-1, 1], b[:-1, 0]))
    b = b[:-1][order]
    radius = np.interp(
        np.arctan2(a[:, 1], a[:, 0]),
        np.arctan2(b[:, 1], b[:, 0]),
        np.hypot(*b.T),
        period=2 * np.pi,
    )
    assert radius == pytest.approx(np.hypot(*a.T), rel=0.02)


def test_minos_stops_at_a_limit():
    rng = np.random.default_rng(2)
    m = lk.Observable("m", 0, 10)
    events = np.concatenate([rng.normal(4, 0.5, 6), rng.uniform(0, 10, 30)])
    ns = lk.Parameter("ns", 6, 4.5, 9)
    model = Sum(
        {"s": Gauss(m, 4.0, 0.5), "b": Uniform(m)},
        yields=[ns, lk.Parameter("nb", 30, 0, 100)],
    )
    result = lk.minos(lk.fit(model, {"m": events}))
    e = result["ns"]
    assert e.value + e.lower == pytest.approx(4.5)
    assert any("ends at its limit" in note for note in result.status.notes)


def test_minos_of_weighted_events_is_declined_in_words():
    t = np.random.default_rng(0).exponential(2.0, 200)
    data = lk.Dataset.of({"t": t}, weights=np.full(200, 0.5))
    tau = lk.Parameter("tau", 1.0, 0.1, 20)
    result = lk.minos(lk.fit(Exponential(T, -1 / tau), data))
    assert result["tau"].lower is None
    assert any("not defined for weighted" in note for note in result.status.notes)


def test_sandwich_of_constant_weights_is_the_unweighted_error():
    t, result = exponential_fit(400)
    data = lk.Dataset.of({"t": t}, weights=np.full(len(t), 3.0))
    tau = lk.Parameter("tau", 1.0, 0.1, 20)
    weighted = lk.fit(Exponential(T, -1 / tau), data)
    assert weighted["tau"].value == pytest.approx(result["tau"].value, rel=1e-9)
    # For an exponential the mean squared score differs from the curvature only by
    # the sample's own variance.
    score = (t - t.mean()) / t.mean() ** 2
    expected = np.sqrt((score**2).sum()) * t.mean() ** 2 / len(t)
    assert weighted["tau"].error == pytest.approx(expected, rel=1e-6)


def test_weighted_yields_have_the_error_of_the_sum_of_weights():
    rng = np.random.default_rng(3)
    m = lk.Observable("m", 0, 10)
    w = rng.uniform(0.1, 3.0, 500) * np.where(rng.random(500) < 0.1, -1, 1)
    model = Sum({"b": Uniform(m)}, yields=[lk.Parameter("n", 400, 0, 5000)])
    data = lk.Dataset.of({"m": rng.uniform(0, 10, 500)}, weights=w)
    result = lk.fit(model, data)
    assert result["n"].value == pytest.approx(w.sum(), rel=1e-6)
    assert result["n"].error == pytest.approx(np.sqrt((w**2).sum()), rel=1e-6)


def pulls(n_toys=300):
    rng = np.random.default_rng(4)
    tau = lk.Parameter("tau", 1.5, 0.1, 20)
    found = []
    for _ in range(n_toys):
        t = rng.exponential(2.0, 400)
        # Weights of a sample with some background subtracted by negative weights.
        extra = rng.exponential(0.5, 2 * 150)
        w = np.concatenate([np.ones(400), np.full(150, 1.0), np.full(150, -1.0)])
        data = lk.Dataset.of({"t": np.concatenate([t, extra])}, weights=w)
        e = lk.fit(Exponential(T, -1 / tau), data)["tau"]
        found.append((e.value - 2.0) / e.error)
    return np.array(found)


@pytest.mark.slow
def test_sandwich_covers_with_negative_weights():
    found = pulls()
    assert found.mean() == pytest.approx(0, abs=0.2)
    assert found.std() == pytest.approx(1, abs=0.12)


WRONG = {
    "minos name": (lambda r: lk.minos(r, ["tu"]), "`tau`"),
    "minos sigma": (lambda r: lk.minos(r, sigma=0.0), "must be > 0"),
    "profile name": (lambda r: lk.profile(r, "x"), "no free parameter"),
    "profile points": (lambda r: lk.profile(r, "tau", points=4), "odd"),
    "contour same": (lambda r: lk.contour(r, "tau", "tau"), "two different"),
    "estimate": (lambda r: r["mass"], "no parameter"),
}


@pytest.mark.parametrize(("call", "message"), WRONG.values(), ids=WRONG)
def test_wrong_input_is_a_sentence(call, message):
    _, result = exponential_fit()
    with pytest.raises(LikelyError, match=message):
        call(result)
