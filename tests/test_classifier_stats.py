"""ROC curves, their areas and working points, and who is taken for whom."""

import json
import math

import numpy as np
import pytest
from classifier_cases import gaussians, sample, three_classes
from scipy.special import ndtr
from scipy.stats import binom, norm

from likely.core import LikelyError
from likely.stats import (
    approximate_median_significance,
    auc_bootstrap,
    classifier_two_sample_test,
    compare_auc,
    confusion_matrix,
    one_against_rest,
    reliability,
    roc,
    significance_scan,
)

# Hanley and McNeil, Radiology 143 (1982) 29, table 1: ratings from 1 to 5 of 58 normal
# and 51 abnormal patients.
NORMAL, ABNORMAL = (33, 6, 6, 11, 2), (3, 2, 2, 11, 33)
RATINGS = np.repeat(np.tile(np.arange(1, 6), 2), (*NORMAL, *ABNORMAL))
DISEASED = np.arange(109) >= 58


def by_definition(scores, signal, weights):
    """Return area and DeLong's error by the double sum over all pairs."""
    x, y = scores[signal], scores[~signal]
    w, v = weights[signal], weights[~signal]
    psi = (x[:, None] > y) + 0.5 * (x[:, None] == y)
    area = w @ psi @ v / w.sum() / v.sum()
    variance = 0.0
    for own, placed in ((w, psi @ v / v.sum()), (v, w @ psi / w.sum())):
        n = own.sum() ** 2 / (own @ own)
        shares = own / own.sum()
        variance += n / (n - 1) * np.sum((shares * (placed - area)) ** 2)
    return area, math.sqrt(variance)


def test_published_ratings():
    # The area of the paper, and the error of Stata's `roctab`, which is by DeLong.
    curve = roc(RATINGS, DISEASED)
    assert curve.auc == pytest.approx(0.8932, abs=5e-5)
    assert curve.auc_error == pytest.approx(0.0307, abs=5e-5)
    assert len(curve.thresholds) == 6
    assert curve.signal_efficiency[1] == pytest.approx(33 / 51)
    assert curve.background_efficiency[1] == pytest.approx(2 / 58)


@pytest.mark.parametrize("kind", ["ones", "positive", "negative"])
def test_area_and_error_are_the_double_sum(kind):
    scores, signal, weights = sample(120)
    weights = {
        "ones": np.ones(120),
        "positive": weights,
        "negative": np.where(np.arange(120) % 7 == 0, -1, 1) * weights,
    }[kind]
    curve = roc(scores, signal, weights)
    area, error = by_definition(scores, signal, weights)
    assert curve.auc == pytest.approx(area, rel=1e-12)
    assert curve.auc_error == pytest.approx(error, rel=1e-12)
    # The area is that under the straight lines of the curve.
    x, y = curve.background_efficiency, curve.signal_efficiency
    assert np.trapezoid(y, x) == pytest.approx(area, rel=1e-12)


def test_against_scikit_learn():
    # Numbers of scikit-learn 1.7's roc_auc_score and roc_curve for the same events.
    scores, signal, weights = sample()
    assert roc(scores, signal).auc == pytest.approx(0.7637412614672938, rel=1e-12)
    curve = roc(scores, signal, weights)
    assert curve.auc == pytest.approx(0.7467834971877239, rel=1e-12)
    assert len(curve.thresholds) == 56
    at = curve.at(1.0)
    assert at.background_efficiency.value == pytest.approx(0.18525274003219713)
    assert at.signal_efficiency.value == pytest.approx(0.5091578654362854)


def test_two_gaussians(rng):
    scores, signal = gaussians(rng, 100_000, 100_000, 1.2)
    curve = roc(scores, signal)
    truth = ndtr(1.2 / math.sqrt(2))
    assert curve.auc_error == pytest.approx(0.00096, rel=0.05)
    assert abs(curve.auc - truth) < 3 * curve.auc_error
    for eps in (0.3, 0.5, 0.9):
        found = curve.background_efficiency_at(eps)
        expected = norm.sf(norm.isf(eps) + 1.2)
        assert abs(found.value - expected) < 3.5 * found.error
        back = curve.signal_efficiency_at(found.value)
        assert back.value == pytest.approx(eps, abs=5e-5)


@pytest.mark.parametrize("weighted", [False, True])
def test_area_covers(rng, weighted):
    truth = ndtr(1 / math.sqrt(2))
    pulls = []
    for _ in range(300):
        scores, signal = gaussians(rng, 150, 100, 1.0)
        weights = np.where(rng.random(250) < 0.1, -1.0, 1.5) if weighted else None
        curve = roc(scores, signal, weights)
        pulls.append((curve.auc - truth) / curve.auc_error)
    # Three standard deviations of the width, the covered part and the mean.
    assert np.std(pulls) == pytest.approx(1, abs=3 / math.sqrt(600) + 0.02)
    assert np.mean(np.abs(pulls) < 1) == pytest.approx(0.683, abs=0.08)
    assert abs(np.mean(pulls)) < 0.2


@pytest.mark.parametrize("eps", [0.3, 0.8])
def test_rejection_at_a_signal_efficiency_covers(rng, eps):
    truth = norm.sf(norm.isf(eps) + 1)
    inside, values, errors = 0, [], []
    for _ in range(200):
        curve = roc(*gaussians(rng, 200, 400, 1.0))
        found = curve.background_rejection(eps)
        inside += found.lower <= 1 / truth <= found.upper
        near = curve.background_efficiency_at(eps)
        values.append(near.value)
        errors.append(near.error)
    # The interval covers at least; both samples are in the error, and that of the
    # background alone would be three quarters of the spread, or half.
    assert 0.6 < inside / 200 < 0.82
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.16)


def test_working_points_of_counts(rng):
    scores, signal = gaussians(rng, 500, 2000, 1.5)
    curve = roc(scores, signal)
    points = curve.working_points([0.3, 0.9])
    assert len(points) == 2
    point = points[0]
    assert point.signal_efficiency.value == 0.3
    passing = int(np.sum(scores[~signal] >= point.threshold))
    eps = point.background_efficiency
    assert eps.value == passing / 2000
    assert eps.error == pytest.approx(math.sqrt(eps.value * (1 - eps.value) / 2000))
    # Clopper and Pearson: the tails of the binomial at the ends are 15.87 %.
    tail = 0.5 * (1 - 0.6826894921370859)
    assert binom.sf(passing - 1, 2000, eps.lower) == pytest.approx(tail, rel=1e-6)
    assert binom.cdf(passing, 2000, eps.upper) == pytest.approx(tail, rel=1e-6)
    assert point.rejection.value == pytest.approx(2000 / passing)
    assert point.rejection.lower == pytest.approx(1 / eps.upper)
    assert point.rejection.error == pytest.approx(eps.error / eps.value**2)
    loose = curve.working_points(0.1, of="background")[0]
    assert loose.background_efficiency.value == 0.1
    assert str(points).count("\n") == 2
    assert json.loads(json.dumps(points.to_dict()))[0]["threshold"] == point.threshold


def test_working_point_of_weights():
    # Var of a ratio: sum of w^2 ([passes] - eps)^2 over the squared sum.
    scores, signal, weights = sample()
    weights = np.where(np.arange(400) % 9 == 0, -1, 1) * weights
    curve = roc(scores, signal, weights)
    point = curve.at(0.7)
    w = weights[signal]
    passes = scores[signal] >= 0.7
    eps = w @ passes / w.sum()
    error = math.sqrt(np.sum((w * (passes - eps)) ** 2)) / w.sum()
    assert point.signal_efficiency.value == pytest.approx(eps, rel=1e-12)
    assert point.signal_efficiency.error == pytest.approx(error, rel=1e-9)
    i = np.flatnonzero(curve.thresholds == 0.7)[0]
    assert curve.signal_efficiency_error[i] == pytest.approx(error, rel=1e-9)


def test_no_background_left():
    curve = roc([3, 2, 1, 0], [True, True, False, False])
    assert curve.auc == 1
    found = curve.background_rejection(0.5)
    assert found.value == math.inf
    assert 1 < found.lower < math.inf
    assert str(found).startswith("> ")
    assert curve.auc_error == 0
    assert "says nothing" in curve.notes[0]
    assert json.loads(json.dumps(found.to_dict()))["value"] is None


def test_constant_scores_are_a_diagonal():
    curve = roc(np.ones(10), np.arange(10) < 4)
    assert curve.auc == 0.5
    assert curve.background_efficiency_at(0.25).value == 0.25
    single = roc([1.0, 2.0, 3.0], [0, 1, 1])
    assert math.isnan(single.auc_error)
    assert "single effective event" in single.notes[0]


def test_negative_weights_may_fall():
    curve = roc([4, 3, 2, 1, 0], [1, 0, 1, 0, 1], [2.0, 1, -0.5, 1, 1])
    assert curve.signal_efficiency.tolist() == [0, 0.8, 0.8, 0.6, 0.6, 1]
    assert curve.auc == pytest.approx(0.7)
    assert "negative weights" in curve.notes[0]


def test_a_thinned_curve_is_the_same_curve(rng):
    curve = roc(*gaussians(rng, 3000, 3000, 1.0))
    few = curve.thinned(100)
    assert len(few.thresholds) <= 100
    assert (few.auc, few.effective_events) == (curve.auc, curve.effective_events)
    assert few.signal_efficiency[[0, -1]].tolist() == [0, 1]
    x, y = few.background_efficiency, few.signal_efficiency
    assert np.trapezoid(y, x) == pytest.approx(curve.auc, abs=1e-3)
    assert len(json.loads(json.dumps(curve.to_dict(points=50)))["thresholds"]) <= 50
    assert len(curve.thinned(2).thresholds) == 2


def test_bootstrap_agrees_with_delong(rng):
    scores, signal = gaussians(rng, 400, 300, 1.0)
    weights = rng.exponential(1, 700)
    found = auc_bootstrap(scores, signal, weights, replicas=2000, seed=1)
    curve = roc(scores, signal, weights)
    assert found.auc == pytest.approx(curve.auc, rel=1e-12)
    # 1.6 % is the error of the spread of 2000 numbers.
    assert found.error == pytest.approx(curve.auc_error, rel=0.05)
    assert abs(found.bias) < 0.15 * found.error
    low, high = found.interval()
    assert high - low == pytest.approx(2 * found.error, rel=0.08)
    again = auc_bootstrap(scores, signal, weights, replicas=2000, seed=1)
    assert again.replicas.tolist() == found.replicas.tolist()
    assert found.n_failed == 0
    few = auc_bootstrap([1, 2, 3], [0, 1, 1], [1, 1, -0.9], replicas=50)
    assert few.n_failed > 0
    assert math.isnan(few.interval(level=0.99)[0])
    assert f"{few.n_failed} more have no area" in str(few)


def test_compare_correlated_areas(rng):
    x, signal = gaussians(rng, 300, 400, 1.0)
    a, b = (x + rng.normal(0, 0.5, 700) for _ in range(2))
    w = rng.exponential(1, 700)
    found = compare_auc(a, b, signal, w)
    assert found.difference == roc(a, signal, w).auc - roc(b, signal, w).auc
    assert found.error_a == pytest.approx(roc(a, signal, w).auc_error, rel=1e-12)
    assert 0.6 < found.correlation < 0.95
    z = found.difference / found.error
    assert found.p_value == pytest.approx(2 * norm.sf(abs(z)), rel=1e-9)
    same = compare_auc(a, 2 * a + 1, signal, w)
    assert (same.difference, same.p_value) == (0, 1)
    assert same.correlation == pytest.approx(1)
    best = compare_auc([3, 2, 1, 0], [0, 0, 0, 0], [1, 1, 0, 0])
    assert math.isnan(best.p_value)
    assert json.loads(json.dumps(best.to_dict()))["p_value"] is None


def test_comparison_covers(rng):
    p = []
    for _ in range(200):
        x, signal = gaussians(rng, 100, 150, 1.0)
        a, b = (x + rng.normal(0, 0.7, 250) for _ in range(2))
        p.append(compare_auc(a, b, signal).p_value)
    # Three standard deviations of a binomial share of 200.
    assert np.mean(np.array(p) < 0.32) == pytest.approx(0.32, abs=0.099)
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.046)


def test_one_curve_a_class():
    labels, _, scores, weights = three_classes()
    curves = one_against_rest(scores, labels, weights, classes=["ggH", "VBF", "WH"])
    # scikit-learn's roc_auc_score of each column.
    expected = 0.4771300285670413, 0.49174513067049264, 0.536921180256949
    assert list(curves) == ["ggH", "VBF", "WH"]
    assert [c.auc for c in curves.values()] == pytest.approx(expected, rel=1e-12)
    with pytest.raises(LikelyError, match="no event of WH"):
        one_against_rest(scores, labels % 2, classes=["ggH", "VBF", "WH"])
    with pytest.raises(LikelyError, match="3 names"):
        one_against_rest(scores, labels, classes=["a", "a", "b"])


def test_confusion_against_scikit_learn():
    labels, predicted, _, weights = three_classes()
    found = confusion_matrix(labels, predicted, 3, weights)
    expected = [
        [97.19788230039161, 12.085705012173106, 10.538740921835993],
        [20.719107252119347, 92.3731575249735, 6.3804600722016955],
        [32.141113404415165, 16.958427477121486, 72.07459015027815],
    ]
    np.testing.assert_allclose(found.values, expected, rtol=1e-12)
    assert found.accuracy.value == pytest.approx(0.7258474274788508, rel=1e-12)
    assert [p.value for p in found.purities.values()] == pytest.approx(
        [0.6477349798850393, 0.7607908026453103, 0.8098833550466358], rel=1e-12
    )
    cell = (labels == 1) & (predicted == 0)
    assert found.variances[1, 0] == pytest.approx(np.sum(weights[cell] ** 2))
    rows = confusion_matrix(labels, predicted, 3, weights, normalise="true")
    np.testing.assert_allclose(rows.values.sum(axis=1), 1)
    w = weights[labels == 1]
    wrong = predicted[labels == 1] == 0
    share = w @ wrong / w.sum()
    variance = np.sum((w * (wrong - share)) ** 2) / w.sum() ** 2
    assert rows.variances[1, 0] == pytest.approx(variance, rel=1e-9)
    efficiency = rows.efficiencies["1"]
    assert efficiency.value == pytest.approx(rows.values[1, 1])
    assert efficiency.error == pytest.approx(math.sqrt(rows.variances[1, 1]))
    columns = confusion_matrix(labels, predicted, 3, weights, normalise="predicted")
    np.testing.assert_allclose(columns.values.sum(axis=0), 1)
    assert "accuracy 0.726 ± " in str(rows)


def test_a_class_without_events_has_no_share():
    found = confusion_matrix([0, 0, 1], [0, 1, 1], 3, normalise="true")
    assert found.values[0].tolist() == [0.5, 0.5, 0]
    assert np.isnan(found.values[2]).all()
    assert math.isnan(found.efficiencies["2"].value)
    assert json.loads(json.dumps(found.to_dict()))["values"][2] == [None] * 3
    assert confusion_matrix([0, 1], [True, False]).values.tolist() == [[0, 1], [1, 0]]
    named = confusion_matrix([0, 1], [0, 1], classes=["s", "b", "c"])
    assert named.values.shape == (3, 3)


def numbers_of(scores, signal, weights):
    """Return a number of each measure, values first and errors last."""
    curve = roc(scores, signal, weights)
    p = ndtr(np.asarray(scores) - 1)
    bins = reliability(p, signal, weights, bins=5, equal="population")
    wide = reliability(p, signal, weights)
    matrix = confusion_matrix(np.asarray(signal, int), p > 0.5, 2, weights)
    scan = significance_scan(scores, signal, weights, least=3)
    test = classifier_two_sample_test(scores, signal, weights)
    compared = compare_auc(scores, np.cos(scores), signal, weights)
    values = [
        curve.auc,
        curve.background_rejection(0.4).value,
        curve.working_points([0.6])[0].threshold,
        compared.difference,
        bins.ece,
        wide.mce,
        bins.brier.value,
        *bins.edges,
        matrix.accuracy.value,
        scan.best.threshold,
        scan.best.significance.value,
        test.accuracy.statistic,
    ]
    errors = [
        curve.auc_error,
        curve.background_rejection(0.4).error,
        compared.error,
        bins.chi2,
        matrix.accuracy.lower,
        scan.best.significance.error,
        test.auc.p_value,
        auc_bootstrap(scores, signal, weights, replicas=5).error,
    ]
    return np.array(values), np.array(errors)


def test_an_event_twice_is_an_event_of_weight_two():
    scores, signal, _ = sample()
    twice = np.arange(0, 400, 3)
    doubled = np.where(np.arange(400) % 3 == 0, 2.0, 1.0)
    values, _ = numbers_of(scores, signal, doubled)
    again, _ = numbers_of(
        np.append(scores, scores[twice]), np.append(signal, signal[twice]), None
    )
    np.testing.assert_allclose(values, again, rtol=1e-11)


def test_an_event_of_weight_zero_is_no_event():
    scores, signal, weights = sample()
    weights = np.where(np.arange(400) % 11 == 0, -0.5, weights)
    kept = np.arange(400) % 5 > 0
    zeroed = numbers_of(scores, signal, np.where(kept, weights, 0.0))
    absent = numbers_of(scores[kept], signal[kept], weights[kept])
    for a, b in zip(zeroed, absent, strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_labels_exchanged(rng):
    # Signal and background exchanged, and the order of the scores: the same area.
    scores, signal = gaussians(rng, 40_000, 60_000, 0.5)
    weights = rng.normal(1, 0.5, 100_000)
    one = roc(scores, signal, weights)
    other = roc(-scores, ~signal, weights)
    assert one.auc == pytest.approx(other.auc, rel=1e-11)
    assert one.auc_error == pytest.approx(other.auc_error, rel=1e-9)


GOOD = [0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((GOOD[0], GOOD[1][:3]), r"signal=.*4 events; got shape \(3,\)"),
        (([0.1, math.nan, 0.3, 0.4], GOOD[1]), "1 of 4 are NaN.*event 1"),
        (([0.1, math.inf, 0.3, 0.4], GOOD[1]), "infinite"),
        ((GOOD[0], [1, 1, 1, 1]), "no background event"),
        ((GOOD[0], [-1, -1, 1, 1]), "ones and zeros; got values as '-1', '1'"),
        ((GOOD[0], ["s", "s", "b", "b"]), "labels == 1"),
        ((GOOD[0], GOOD[1], [1, 1]), r"weights=.*\(2,\)"),
        ((GOOD[0], GOOD[1], [1, 1, math.nan, 1]), "weights=.*NaN"),
        ((GOOD[0], GOOD[1], [1, 1, 1, -1]), "signal events sum to 0"),
        ((GOOD[0], GOOD[1], [0.1, 0.2, 0, 0]), "no signal event of a weight"),
        (([], []), "at least one event"),
        ((["a", "b", "c", "d"], GOOD[1]), "holds numbers"),
        (([[0.1], [0.2, 0.3]], GOOD[1]), "scores=.*lists of unequal length"),
        (([GOOD[0]], GOOD[1]), r"shape \(1, 4\)"),
    ],
)
def test_wrong_events_are_told(arguments, told):
    with pytest.raises(LikelyError, match=told):
        roc(*arguments)
    with pytest.raises(LikelyError, match=told):
        significance_scan(*arguments)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: roc(*GOOD).background_rejection(1.2), "from 0 to 1; got 1.2"),
        (lambda: roc(*GOOD).signal_efficiency_at(math.nan), "from 0 to 1; got nan"),
        (lambda: roc(*GOOD).working_points([0.3, -1]), "efficiencies=.*got -1"),
        (lambda: roc(*GOOD).working_points([0.3], of="sgnal"), "`signal`"),
        (lambda: roc(*GOOD).thinned(1), "at least 2"),
        (lambda: roc(*GOOD).at(math.nan), "NaN"),
        (lambda: auc_bootstrap(*GOOD, replicas=1), "replicas=.*at least 2"),
        (lambda: auc_bootstrap(*GOOD, replicas=5).interval(level=1), "probability"),
        (lambda: compare_auc(GOOD[0], GOOD[0][:3], GOOD[1]), "scores_b"),
        (lambda: confusion_matrix([0, 1], [0, 3], 2), "predicted=.*from 0 to 1"),
        (lambda: confusion_matrix([0, 1], [0, 1], 1), "at least 2"),
        (lambda: confusion_matrix([0, 1.5], [0, 1]), "whole number"),
        (lambda: confusion_matrix([0, 1], [0]), "predicted"),
        (lambda: confusion_matrix([], []), "at least one"),
        (lambda: confusion_matrix([0, 1], [0, 1], normalise="rows"), "normalise"),
        (lambda: confusion_matrix([0, 1], [0, 1], 2, [1, -1]), "sum to 0"),
        (lambda: approximate_median_significance(1, -1), "not negative"),
    ],
)
def test_wrong_choices_are_told(call, told):
    with pytest.raises(LikelyError, match=told):
        call()


@pytest.fixture
def rng():
    return np.random.default_rng(20140613)
