"""Reliability, calibrators, and calibrated probabilities as ratios of densities."""

import json
import math

import numpy as np
import pytest
from classifier_cases import gaussians, sample
from scipy.optimize import minimize
from scipy.special import expit, log_softmax
from scipy.stats import norm

from likely.core import LikelyError
from likely.stats import (
    Isotonic,
    Platt,
    Temperature,
    calibrator_of_dict,
    density_ratio,
    probability_of_ratio,
    reliability,
)


@pytest.fixture
def rng():
    return np.random.default_rng(19990331)


def test_reliability_against_scikit_learn():
    # calibration_curve(n_bins=5) and brier_score_loss of scikit-learn 1.7.
    scores, signal, weights = sample()
    p = expit(scores - 0.9)
    found = reliability(p, signal, bins=5)
    observed = [0.113636363636, 0.3, 0.5, 0.6875, 0.888888888889]
    predicted = [0.129425118311, 0.296691676121, 0.496406923688]
    predicted += [0.698102068547, 0.854109121357]
    np.testing.assert_allclose(found.observed, observed, rtol=1e-10)
    np.testing.assert_allclose(found.predicted, predicted, rtol=1e-10)
    apart = np.abs(found.observed - found.predicted)
    assert found.ece == pytest.approx(apart @ found.sums / 400)
    assert found.mce == pytest.approx(apart.max())
    weighted = reliability(p, signal, weights)
    assert weighted.brier.value == pytest.approx(0.19807376332255705, rel=1e-12)
    again = json.loads(json.dumps(weighted.to_dict()))
    assert again["observed"] == pytest.approx(weighted.observed)


@pytest.mark.parametrize(
    ("kind", "equal"),
    [("counts", "width"), ("classes", "population"), ("negative", "population")],
)
def test_calibrated_probabilities_pass(rng, kind, equal):
    p_values, excess = [], []
    for _ in range(150):
        p = expit(rng.normal(-0.5, 1.5, 2000))
        signal, weights = rng.random(2000) < p, None
        if kind == "classes":
            # Of the weighted events another share is signal.
            weights = np.where(signal, 0.2, 1.5)
            p = 0.2 * p / (0.2 * p + 1.5 * (1 - p))
        if kind == "negative":
            weights = np.where(rng.random(2000) < 0.1, -1.0, 1.0)
        found = reliability(p, signal, weights, equal=equal)
        p_values.append(found.p_value)
        excess.append(found.ece / found.ece_if_calibrated)
    # Three standard deviations of a share of 150.
    assert np.mean(np.array(p_values) < 0.5) == pytest.approx(0.5, abs=0.122)
    assert np.mean(np.array(p_values) < 0.1) == pytest.approx(0.1, abs=0.073)
    assert np.mean(excess) == pytest.approx(1, abs=0.08)


def test_too_sure_probabilities_fail(rng):
    logits = rng.normal(0, 1.5, 5000)
    signal = rng.random(5000) < expit(logits)
    found = reliability(expit(2 * logits), signal, equal="population")
    assert found.p_value < 1e-6
    assert "do not agree" in str(found)
    assert found.ece > 3 * found.ece_if_calibrated
    assert found.brier.value > reliability(expit(logits), signal).brier.value


def test_bins_of_the_reliability(rng):
    p = rng.random(1000) ** 3
    signal = rng.random(1000) < p
    found = reliability(p, signal, bins=4, equal="population")
    assert found.sums.tolist() == [249, 250, 250, 251]
    own = reliability(p, signal, bins=[0, 0.25, 1])
    assert own.edges.tolist() == [0, 0.25, 1]
    # Bins of few expected events join the next: p-values stay those of chi-square.
    fine = reliability(p, signal, bins=200)
    assert fine.ndof < 40
    few = reliability([0.1, 0.9], [0, 1])
    assert math.isnan(few.p_value)
    assert "too few events" in few.message
    assert np.isnan(few.observed[5])
    assert json.loads(json.dumps(few.to_dict()))["observed"][5] is None
    signal = np.arange(40) % 2 == 1
    certain = reliability(signal.astype(float), signal)
    assert (certain.chi2, certain.ndof, certain.p_value) == (0, 1, 1)
    wrong = reliability((~signal).astype(float), ~signal & (np.arange(40) > 3))
    assert (wrong.chi2, wrong.p_value) == (math.inf, 0)
    assert json.loads(json.dumps(wrong.to_dict()))["chi2"] is None
    tied = reliability([0.3] * 50 + [0.6] * 50, [0, 1] * 50, equal="population")
    assert tied.edges.tolist() == [0, 0.3, 0.6, 1]


def test_platt_against_scikit_learn():
    scores, signal, weights = sample()
    found = Platt.fitted(scores, signal, weights)
    # LogisticRegression without penalty, and _SigmoidCalibration, which smooths.
    assert found.slope == pytest.approx(0.9260382440629951, rel=1e-7)
    assert found.intercept == pytest.approx(-0.8683423082173752, rel=1e-7)
    # At the maximum the sums of p and of p s are those of the labels.
    apart = weights * (found(scores) - signal)
    assert abs(apart.sum()) < 1e-11
    assert abs(apart @ scores) < 1e-11
    smooth = Platt.fitted(scores, signal, smoothing=True)
    assert smooth.slope == pytest.approx(0.994815883713951, rel=1e-4)
    assert smooth.intercept == pytest.approx(-0.9053508163331213, rel=1e-4)


def test_platt_of_two_gaussians_is_the_truth(rng):
    # The log of the ratio of two Gaussians is a straight line: d x - d^2/2.
    pulls = []
    for _ in range(150):
        scores, signal = gaussians(rng, 300, 600, 1.0)
        # Half of the sum of weights is signal.
        weights = rng.choice([-0.2, 1.0], 900, p=[0.1, 0.9])
        weights = np.where(signal, 2.0, 1.0) * weights
        found = Platt.fitted(scores, signal, weights)
        at = np.array([2.0])
        near = found.slope * 2 + found.intercept - 1.5
        spread = found.error(at) / found(at) / (1 - found(at))
        pulls.append(near / spread[0])
    assert np.std(pulls) == pytest.approx(1, abs=0.17)
    assert abs(np.mean(pulls)) < 0.25


def test_platt_is_a_minimum_with_negative_weights():
    scores, signal, weights = sample()
    weights = np.where(np.arange(400) % 6 == 0, -1, 1) * weights

    def nll(x):
        z = x[0] * scores + x[1]
        return weights @ (np.logaddexp(0, z) - signal * z)

    best = minimize(nll, [1.0, -1.0], method="Nelder-Mead", tol=1e-12)
    found = Platt.fitted(scores, signal, weights)
    assert (found.slope, found.intercept) == pytest.approx(tuple(best.x), rel=1e-5)


def test_separated_scores():
    scores, signal = [0.0, 1.0, 2.0, 3.0], [0, 0, 1, 1]
    with pytest.raises(LikelyError, match="smoothing=True"):
        Platt.fitted(scores, signal)
    found = Platt.fitted(scores, signal, smoothing=True)
    # Of a symmetric sample of two and two the targets are 3/4 and 1/4.
    assert found(np.array([1.5]))[0] == pytest.approx(0.5)
    apart = found(scores) - np.array([0.25, 0.25, 0.75, 0.75])
    assert apart @ scores == pytest.approx(0, abs=1e-12)
    with pytest.raises(LikelyError, match="all scores are 1"):
        Platt.fitted([1, 1], [0, 1])


def test_isotonic_against_scikit_learn():
    scores, signal, weights = sample()
    found = Isotonic.fitted(scores, signal, weights)
    at = np.array([-3, -1, 0, 0.55, 1, 2, 3])
    # IsotonicRegression(out_of_bounds="clip").
    expected = [0.0, 0.08306927787474003, 0.24762286738719194, 0.42389248440990135]
    expected += [0.5078852866573184, 0.6498767475960692, 1.0]
    np.testing.assert_allclose(found(at), expected, rtol=1e-10)


def test_isotonic_with_negative_weights(rng):
    scores = rng.normal(0, 1.5, 100_000)
    signal = rng.random(100_000) < expit(scores)
    weights = np.where(rng.random(100_000) < 0.2, -1.0, 1.0)
    found = Isotonic.fitted(scores, signal, weights)
    p = found(scores)
    assert np.all(np.diff(found.probabilities) >= 0)
    assert p.min() >= 0
    assert p.max() <= 1
    # A rising curve of 1e5 events is known to about n^(-1/3).
    bulk = np.abs(scores) < 2
    assert np.mean(np.abs(p - expit(scores))[bulk]) < 0.02
    # As in any isotonic fit, the mean of the probabilities is that of the labels.
    assert weights @ p == pytest.approx(weights @ signal, rel=3e-3)


def test_temperature_is_found(rng):
    logits = rng.normal(0, 3, (20_000, 4))
    labels = np.argmax(logits / 2.5 + rng.gumbel(size=logits.shape), axis=1)
    found = Temperature.fitted(logits, labels)
    assert abs(found.temperature - 2.5) < 3 * found.error
    np.testing.assert_allclose(found(logits).sum(axis=1), 1, rtol=1e-12)
    weights = rng.choice([-0.3, 1.0, 2.0], 20_000, p=[0.1, 0.6, 0.3])
    weighted = Temperature.fitted(logits, labels, weights)

    def nll(t):
        return -weights @ log_softmax(logits / t[0], axis=1)[np.arange(20_000), labels]

    best = minimize(nll, [2.0], method="Nelder-Mead", tol=1e-10)
    assert weighted.temperature == pytest.approx(best.x[0], rel=1e-6)
    # The same for logits of any scale, and offsets that are the event's own.
    scaled = Temperature.fitted(1e3 * logits + 7 * rng.random((20_000, 1)), labels)
    assert scaled.temperature == pytest.approx(1e3 * found.temperature, rel=1e-9)


def test_temperature_covers(rng):
    pulls = []
    for _ in range(100):
        logits = rng.normal(0, 3, (500, 3))
        labels = np.argmax(logits / 2 + rng.gumbel(size=logits.shape), axis=1)
        found = Temperature.fitted(logits, labels, rng.exponential(1, 500))
        pulls.append((found.temperature - 2) / found.error)
    assert np.std(pulls) == pytest.approx(1, abs=0.22)


def test_temperature_that_does_not_exist():
    logits = np.array([[2.0, 0.0], [0.0, 1.0], [3.0, 0.0]])
    with pytest.raises(LikelyError, match="no maximum at a positive temperature"):
        Temperature.fitted(logits, [0, 1, 0])
    with pytest.raises(LikelyError, match="no maximum at a positive temperature"):
        Temperature.fitted(logits, [1, 0, 1])
    with pytest.raises(LikelyError, match="all are of class 1"):
        Temperature.fitted(logits, [1, 1, 1])
    with pytest.raises(LikelyError, match="all equal"):
        Temperature.fitted(np.ones((3, 2)), [0, 1, 0])
    with pytest.raises(LikelyError, match="a row an event"):
        Temperature.fitted([1.0, 2.0], [0, 1])


CALIBRATORS = {
    "platt": lambda: Platt.fitted(*sample()),
    "isotonic": lambda: Isotonic.fitted(*sample()),
    "temperature": lambda: Temperature.fitted(
        np.stack([np.zeros(400), sample()[0]], axis=1), sample()[1]
    ),
}


@pytest.mark.parametrize("kind", CALIBRATORS)
def test_calibrators_go_through_json(kind):
    made = CALIBRATORS[kind]()
    again = calibrator_of_dict(json.loads(json.dumps(made.to_dict())))
    assert type(again) is type(made)
    at = np.linspace(-3, 3, 50)
    at = np.stack([at, -at], axis=1) if kind == "temperature" else at
    np.testing.assert_array_equal(again(at), made(at))
    with pytest.raises(LikelyError, match="NaN or infinite"):
        made(np.full(at.shape, math.nan))
    content = made.to_dict() | {"kind": "plat"}
    with pytest.raises(LikelyError, match="`platt`"):
        calibrator_of_dict(content)
    with pytest.raises(LikelyError, match="not `"):
        type(made).of_dict(content)
    key = next(k for k in made.to_dict() if k != "kind")
    for bad in ("three", math.nan, None):
        with pytest.raises(LikelyError, match=key):
            type(made).of_dict(made.to_dict() | {key: bad})


@pytest.mark.parametrize("kind", ["platt", "isotonic"])
def test_calibrated_scores_are_reliable(rng, kind):
    scores, signal = gaussians(rng, 20_000, 20_000, 1.5)
    half = rng.random(40_000) < 0.5
    made = {"platt": Platt, "isotonic": Isotonic}[kind].fitted(
        scores[half], signal[half]
    )
    p = made(scores[~half])
    found = reliability(p, signal[~half], equal="population")
    assert found.ece < 0.02
    # The ratio of the densities within 5 % in the bulk, from the probability.
    prior = float(signal[half].mean())
    at = np.linspace(-0.5, 2.0, 11)
    truth = norm.pdf(at, 1.5) / norm.pdf(at)
    # The steps of the isotonic curve are a few hundred events each.
    tolerance = 0.05 if kind == "platt" else 0.3
    np.testing.assert_allclose(density_ratio(made(at), prior), truth, rtol=tolerance)


def test_ratio_and_probability():
    p = np.array([0.0, 0.2, 0.5, 1.0])
    ratio = density_ratio(p, 0.2)
    assert ratio.tolist() == pytest.approx([0, 1, 4, math.inf])
    np.testing.assert_allclose(probability_of_ratio(ratio, 0.2), p, rtol=1e-15)
    # From a share of one half to one of one tenth.
    moved = probability_of_ratio(density_ratio(0.5, 0.5), 0.1)
    assert float(moved) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: reliability([0.1, 1.2], [0, 1]), "from 0 to 1; got 0.1 to 1.2"),
        (lambda: reliability([0.1, math.nan], [0, 1]), "probabilities=.*NaN"),
        (lambda: reliability([0.1, 0.2], [0, 1], bins=0), "bins="),
        (lambda: reliability([0.1, 0.2], [0, 1], bins=[0, 0.5]), "rise from 0 to 1"),
        (lambda: reliability([0.1, 0.2], [0, 1], bins=[0, 0.7, 0.5, 1]), "rise"),
        (lambda: reliability([0.1, 0.2], [0, 1], equal="size"), "no `size`"),
        (lambda: reliability([0.1, 0.2], [1, 1]), "no background"),
        (lambda: Platt.fitted([0.1, 0.2, 0.3], [0, 1]), "signal="),
        (lambda: Isotonic.fitted([0.1, 0.2], [0, 1], [1, -1]), "sum to -1"),
        (lambda: density_ratio([0.5, 1.5], 0.5), "got 1.5"),
        (lambda: density_ratio(math.nan, 0.5), "not NaN"),
        (lambda: density_ratio("half", 0.5), "holds numbers"),
        (lambda: density_ratio(0.5, 1.0), "prior=.*got 1.0"),
        (lambda: probability_of_ratio(-1.0, 0.5), "not negative"),
        (lambda: Temperature.of_dict({"kind": "temperature"}), "`temperature`"),
        (lambda: calibrator_of_dict({"kind": []}), r"of the kind \[\]"),
        (
            lambda: calibrator_of_dict(
                {"kind": "platt", "slope": [1, 2], "intercept": 0, "covariance": 1}
            ),
            r"`slope` of shape \(\); got \[1, 2\]",
        ),
    ],
)
def test_wrong_calibration_is_told(call, told):
    with pytest.raises(LikelyError, match=told):
        call()
