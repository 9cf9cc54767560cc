"""MINOS, profiles, contours and weighted errors against closed forms and iminuit."""

import iminuit
import numpy as np
import pytest
from scipy import optimize, stats

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


def weighted_peak():
    """Return x and w of a Gauss on a slope, weights that depend on x, some negative."""
    rng = np.random.default_rng(5)
    n = 2000
    x = np.where(rng.random(n) < 0.4, rng.normal(0.5, 0.1, n), rng.uniform(0, 1, n))
    x = np.clip(x, 0.001, 0.999)
    return x, np.where(rng.random(n) < 0.12, -0.6, 0.3 + 1.4 * x)


def weighted_fit(weight_errors, constraints=()):
    x, w = weighted_peak()
    m = lk.Observable("m", 0, 1)
    peak = Gauss(
        m, lk.Parameter("mu", 0.5, 0.2, 0.8), lk.Parameter("sigma", 0.1, 0.02, 0.4)
    )
    model = Sum(
        {"peak": peak, "slope": Exponential(m, lk.Parameter("c", -0.5, -10, 10))},
        yields=[
            lk.Parameter("n_peak", 600, -1000, 5000),
            lk.Parameter("n_slope", 900, 0, 5000),
        ],
    )
    loss = lk.Likelihood(constraints, weight_errors=weight_errors)
    return lk.fit(model, lk.Dataset.of({"m": x}, weights=w), loss=loss)


# ROOT 6.40, RooAbsPdf::fitTo with AsymptoticError, SumW2Error and neither, strategy 2;
# its Hessian is numerical and its minimum 0.003 errors away.
ROOFIT = {
    "sandwich": [0.0064299, 0.0084402, 0.1455796, 54.2346933, 56.9529513],
    "sum_of_squares": [0.0063527, 0.0082889, 0.1998588, 58.6829972, 63.600159],
    "none": [0.0059162, 0.0069264, 0.1512643, 48.8692705, 49.9965219],
}


@pytest.mark.parametrize(
    ("kind", "rel"), [("sandwich", 3e-3), ("sum_of_squares", 2.5e-2), ("none", 3e-3)]
)
def test_errors_of_weighted_events_are_those_of_roofit(kind, rel):
    result = weighted_fit(kind)
    assert [e.error for e in result.estimates] == pytest.approx(ROOFIT[kind], rel=rel)
    assert sum("weighted events" in note for note in result.status.notes) == 1


@pytest.mark.parametrize("kind", ["sandwich", "sum_of_squares", "none"])
def test_errors_of_weighted_events_by_differences(kind):
    """The three estimates from numerical derivatives of the plain formula."""
    x, w = weighted_peak()
    result = weighted_fit(kind)
    at = np.array([e.value for e in result.estimates])
    step = 1e-3 * np.array([e.error for e in result.estimates])

    def log_f(theta):
        mu, sigma, c, n_peak, n_slope = theta
        gauss = stats.norm(mu, sigma)
        peak = gauss.pdf(x) / (gauss.cdf(1) - gauss.cdf(0))
        return np.log(n_peak * peak + n_slope * c * np.exp(c * x) / np.expm1(c))

    unit = np.diag(step)
    scores = [(log_f(at + u) - log_f(at - u)) / (2 * u.sum()) for u in unit]

    def hessian(weights):
        found = np.empty((5, 5))
        for i, u in enumerate(unit):
            for j, v in enumerate(unit):
                second = log_f(at + u + v) - log_f(at + u - v)
                second += log_f(at - u - v) - log_f(at - u + v)
                found[i, j] = -(weights * second).sum() / (4 * u.sum() * v.sum())
        return found

    inverse = np.linalg.inv(hessian(w))
    D = {
        "sandwich": np.einsum("i,ai,bi->ab", w**2, scores, scores),
        "sum_of_squares": hessian(w**2),
        "none": hessian(w),
    }[kind]
    expected = np.sqrt(np.diag(inverse @ D @ inverse))
    assert [e.error for e in result.estimates] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("kind", ["sandwich", "sum_of_squares", "none"])
def test_a_constraint_fluctuates_too(kind):
    """A parameter that only its constraint knows has the constraint's error."""
    t = np.random.default_rng(0).exponential(2.0, 200)
    data = lk.Dataset.of({"t": t}, weights=np.full(200, 0.5))
    tau = lk.Parameter("tau", 1.0, 0.1, 20)
    shift = lk.Parameter("shift", 0.0, -5, 5)
    loss = lk.Likelihood([lk.GaussConstraint(shift, 0.3, 0.2)], weight_errors=kind)
    result = lk.fit(Exponential(T, -1 / tau), data, loss=loss)
    assert result["shift"].value == pytest.approx(0.3)
    assert result["shift"].error == pytest.approx(0.2)


def pulls(n_toys=300):
    rng = np.random.default_rng(4)
    tau = lk.Parameter("tau", 1.5, 0.1, 20)
    found = []
    for _ in range(n_toys):
        # A sample with a background that negative weights subtract. Each number is a
        # Poisson one, as of counts in data: with fixed numbers the scores of the
        # background, whose mean is not zero, fluctuate less than their squares say
        # (pulls of width 0.84).
        t = rng.exponential(2.0, rng.poisson(400))
        more, less = rng.poisson(150, 2)
        extra = rng.exponential(0.5, more + less)
        w = np.repeat([1.0, 1.0, -1.0], [len(t), more, less])
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
    "weights": (lambda r: lk.Likelihood(weight_errors="sumw2"), "weight_errors"),
}


@pytest.mark.parametrize(("call", "message"), WRONG.values(), ids=WRONG)
def test_wrong_input_is_a_sentence(call, message):
    _, result = exponential_fit()
    with pytest.raises(LikelyError, match=message):
        call(result)


def test_an_estimate_that_is_no_variance_gives_no_error_and_says_so():
    """Squared weights that fall with the time turn the curvature round."""
    rng = np.random.default_rng(3)
    t = rng.exponential(1.5, 4000)
    t = t[t < 8]
    efficiency = 0.15 + 0.85 * np.clip(t / 2, 0, 1) ** 2
    taken = rng.random(len(t)) < efficiency
    events = lk.Dataset.of({"t": t[taken]}, weights=1 / efficiency[taken])
    tau = lk.Parameter("tau", 1.0, 0.2, 10)
    decay = Exponential(lk.Observable("t", 0, 8), -1 / tau)
    loss = lk.Likelihood(weight_errors="sum_of_squares")
    result = lk.fit(decay, events, loss=loss)
    assert result.status.ok
    assert result["tau"].error is None
    assert any("no errors" in note for note in result.status.notes)
    assert lk.fit(decay, events)["tau"].error == pytest.approx(0.038, abs=0.003)
