"""Figures and pages of classifiers and regressions; the numbers of a regression."""

import re
from dataclasses import replace
from inspect import unwrap  # past the types, which a user is free to get wrong

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from page_reader import Page
from scipy import stats

import likely as lk
from likely.core import LikelyError, Result, Status
from likely.data import Dataset, Features, Images, Labels
from likely.fit.learning.training import Training
from likely.fit.losses import Categorical, Gaussian, Quantile
from likely.methods import (
    Classification,
    Predictor,
    Regression,
    Target,
    TruthBins,
    evaluate,
    evaluate_regression,
    residual_statistics as residual,
)
from likely.nets import ReceptiveField
from likely.report import (
    Drawing,
    image,
    plot_calibration,
    plot_confusion,
    plot_feature_maps,
    plot_images,
    plot_importance,
    plot_receptive_field,
    plot_regression,
    plot_roc,
    plot_scores,
    plot_training,
    plot_trials,
    write_classification_report,
    write_regression_report,
)
from likely.report.learning.common_sections import feature_tables
from likely.report.learning.judgement import (
    doubts,
    doubts_of_regression,
    off,
    percent,
    small,
)
from likely.report.learning.regression_panels import draw_pulls
from likely.report.learning.training_figure import best_epochs
from likely.stats import garwood

# Two variables whose means depend on the class: the best scores are known.
MEANS = np.array([[0.0, 0.0], [1.5, 0.0], [0.0, 2.0]])
POINTS = [0.3, 0.5, 0.9]
CLASSES = ("ggH", "VBF $<b>$", "ttH")


class Exact(eqx.Module):
    """Log-densities of classes with normal variables, less what they share."""

    means: jax.Array
    centre: jax.Array
    scale: jax.Array

    def __call__(self, z, *, key=None):
        x = z * self.scale + self.centre
        return self.means @ x - 0.5 * jnp.sum(self.means**2, axis=1)


class Line(eqx.Module):
    """Outputs that are linear in the only input, or do not depend on it."""

    slope: jax.Array
    offset: jax.Array

    def __call__(self, z, *, key=None):
        return self.slope * z[0] + self.offset


def events(n, seed, *, weighted=False):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    x = MEANS[labels] + rng.normal(size=(n, 2))
    weights = rng.choice([2.0, 1.0, -0.25], n) if weighted else None
    columns = {"jet_pt": x[:, 0], "met": x[:, 1], "process": labels.astype(float)}
    return Dataset.of(columns, weights=weights, units={"met": "GeV"})


def course(members=1, epochs=6, *, watched=True):
    fall = 1.2 * 0.8 ** np.arange(epochs)[:, None] + 0.01 * np.arange(members)
    nothing = np.full((epochs, members), np.nan)
    return Training(
        training_loss=fall,
        validation_loss=fall + 0.05 if watched else nothing,
        gradient_norm=fall / 3,
        learning_rate=np.full((epochs, members), 1e-3),
        best_epoch=np.full(members, epochs - 1),
        stopped=np.zeros(members, bool),
        diverged=np.full(members, -1),
        n_weights=12345,
        steps=57,
        seconds=np.full(epochs, 0.25),
    )


def outcome(model, training=None, status=None):
    return Result(
        status=status or Status(True, "trained for 6 epochs", ("a note",)),
        estimates=(),
        derived=(),
        covariance=np.zeros((0, 0)),
        covariance_names=(),
        loss=1.0,
        n_events=6000,
        sum_of_weights=6000.0,
        model=model,
        minimum=training or course(),
        history=(1.2, 0.96),
        timings={"fit": 0.125},
        provenance={"version": "0.1.0", "seed": None, "data": []},
    )


def classifier(parts, members=1, **changes):
    features = Features.of(parts["train"], ["jet_pt", "met"])
    exact = Exact(
        *(jnp.asarray(a, jnp.float32) for a in (MEANS, features.centre, features.scale))
    )
    model, training = exact, course(members)
    if members > 1:
        grown = iter(np.linspace(0.9, 1.1, members))

        def make(key):
            return eqx.tree_at(lambda m: m.means, exact, exact.means * next(grown))

        model = lk.Ensemble.of(make, members, key=jax.random.key(0))
    labels = Labels.of("process", CLASSES)
    predictor = Predictor(features, model, Categorical(), labels)
    found = Classification(outcome(model, training), predictor, parts)
    return replace(found, **changes)


@pytest.fixture(scope="module")
def found():
    parts = {"train": events(6000, 1), "test": events(3000, 2)}
    return classifier(parts)


@pytest.fixture(scope="module")
def told(found):
    return evaluate(found, working_points=POINTS)


@pytest.fixture(scope="module")
def weighted():
    parts = {"train": events(900, 1), "test": events(900, 3, weighted=True)}
    return evaluate(classifier(parts), working_points=POINTS, importance=False)


def numbers_at(n, seed, spread=2.0):
    rng = np.random.default_rng(seed)
    x = rng.normal(10.0, 5.0, n)
    columns = {"x": x, "energy": x + rng.normal(0.0, spread, n)}
    return Dataset.of(columns, units={"energy": "GeV"})


def regression(loss, slope, offset, n=3000):
    parts = {"train": numbers_at(2 * n, 1), "test": numbers_at(n, 2)}
    features = Features.of(parts["train"], ["x"])
    scale = features.scale[0]
    # In units of the input, so that prediction and input are the same line.
    target = Target("energy", features.centre[0], scale, "GeV")
    model = Line(jnp.asarray(slope, jnp.float32), jnp.asarray(offset(scale)))
    predictor = Predictor(features, model, loss, target)
    return Regression(outcome(model), predictor, parts)


def gaussian(spread=2.0, n=3000):
    return regression(
        Gaussian(), [1.0, 0.0], lambda s: np.float32([0.0, np.log(spread / s)]), n
    )


LEVELS = (0.16, 0.5, 0.84)


def quantiles():
    ends = 2.0 * stats.norm.ppf(LEVELS)
    return regression(Quantile(LEVELS), [1.0] * 3, lambda s: np.float32(ends / s))


@pytest.fixture(scope="module")
def fitted():
    return evaluate_regression(gaussian())


# ---- the numbers of a regression ---------------------------------------------------


def test_without_weights_they_are_those_of_scipy():
    x = np.random.default_rng(0).normal(3.0, 2.0, 1000)
    one = np.ones(1000)
    found = residual.mean(x, one)
    assert found.value == pytest.approx(x.mean(), rel=1e-12)
    assert found.error == pytest.approx(stats.sem(x), rel=1e-12)
    assert residual.standard_deviation(x, one).value == pytest.approx(x.std())
    for p in (0.0, 0.159, 0.5, 1.0):
        expected = np.quantile(x, p, method="inverted_cdf")
        assert residual.quantiles(x, one, [p]) == expected


@pytest.mark.parametrize(
    "estimate",
    [
        residual.mean,
        residual.root_mean_square,
        residual.standard_deviation,
        residual.half_width,
        lambda x, w: residual.explained_share(np.arange(300.0) % 11, x, w),
    ],
    ids=["mean", "rms", "deviation", "half-width", "explained"],
)
def test_weights_are_counts(estimate):
    rng = np.random.default_rng(1)
    x, w = rng.normal(size=300), rng.integers(0, 3, 300).astype(float)
    found = estimate(x, w)
    assert np.isfinite(found.error)
    if estimate is not residual.half_width:
        # Scale does not matter; an event of weight zero is not there.
        scaled = estimate(x, 5.0 * w)
        assert scaled.value == pytest.approx(found.value, rel=1e-12)
        assert scaled.error == pytest.approx(found.error, rel=1e-12)
    moved = np.where(w > 0, x, 1e3)
    assert estimate(moved, w).value == pytest.approx(found.value, rel=1e-12)


def test_twice_the_event_is_twice_the_weight():
    rng = np.random.default_rng(2)
    x, n = rng.normal(size=200), rng.integers(1, 4, 200)
    for estimate in (residual.mean, residual.root_mean_square, residual.half_width):
        many = estimate(np.repeat(x, n), np.ones(n.sum()))
        assert estimate(x, n.astype(float)).value == pytest.approx(many.value, rel=1e-9)


def test_a_negative_weight_takes_an_event_away():
    x = np.append(np.random.default_rng(3).normal(size=200), [50.0, 50.0])
    w = np.append(np.ones(201), -1.0)
    for estimate in (residual.mean, residual.root_mean_square, residual.half_width):
        without = estimate(x[:200], np.ones(200))
        assert estimate(x, w).value == pytest.approx(without.value, rel=1e-9)


def test_a_share_that_falls_again_is_reached_where_it_first_was():
    x, w = np.array([3.0, 1.0, 2.0, 4.0]), np.array([2.0, 3.0, -2.0, 1.0])
    np.testing.assert_array_equal(residual.quantiles(x, w, [0.5, 0.8]), [1.0, 4.0])


def test_error_of_the_half_width_of_a_normal_distribution():
    n, p = 40_000, stats.norm.cdf(-1.0)
    x = stats.norm.ppf((np.random.default_rng(4).permutation(n) + 0.5) / n)
    found = residual.half_width(x, np.ones(n))
    # Of the covariance p_a (1 - p_b) / (n f_a f_b) of two quantiles.
    expected = np.sqrt(p * (1 - 2 * p) / (2 * n)) / stats.norm.pdf(1.0)
    assert found.value == pytest.approx(1.0, abs=1e-3)
    assert found.error == pytest.approx(expected, rel=0.02)


def test_errors_are_the_spread_of_repetitions():
    rng = np.random.default_rng(5)
    t = rng.normal(size=(400, 300))
    r, w = 0.5 * rng.standard_t(6, size=t.shape), rng.exponential(size=t.shape)
    w *= rng.choice([1.0, 1.0, 1.0, -0.3], t.shape)
    estimates = {
        "mean": lambda i: residual.mean(r[i], w[i]),
        "rms": lambda i: residual.root_mean_square(r[i], w[i]),
        "half": lambda i: residual.half_width(r[i], w[i]),
        "explained": lambda i: residual.explained_share(t[i], r[i], w[i]),
    }
    for name, estimate in estimates.items():
        found = [estimate(i) for i in range(len(t))]
        values = np.array([m.value for m in found])
        error = np.sqrt(np.mean([m.error**2 for m in found]))
        # 400 repetitions know their spread to 3.5 %, tails make it more.
        assert error / values.std() == pytest.approx(1.0, abs=0.15), name


def test_what_cannot_be_known():
    one = np.ones(1)
    assert np.isnan(residual.mean(one, one).error)
    assert residual.root_mean_square(np.zeros(5), np.ones(5)).value == 0.0
    assert np.isnan(residual.explained_share(np.ones(5), np.ones(5), np.ones(5)).value)
    flat = TruthBins.of(np.ones(40), np.arange(40.0), np.ones(40), bins=4)
    np.testing.assert_array_equal(flat.edges, [1.0, 1.0])
    assert flat.bias[0] == pytest.approx(19.5)


def test_bins_of_the_truth():
    rng = np.random.default_rng(6)
    t = rng.exponential(10.0, 20_000)
    # A bias and a width that grow with the truth.
    r = 0.1 * t + (1.0 + 0.05 * t) * rng.normal(size=len(t))
    bins = TruthBins.of(t, r, np.ones(len(t)), bins=8)
    np.testing.assert_allclose(bins.sums, 2500, atol=1)
    inner = -10.0 * np.log(1 - np.arange(1, 8) / 8)
    np.testing.assert_allclose(bins.edges[1:-1], inner, rtol=0.05)
    for i in range(8):
        here = (t >= bins.edges[i]) & ((t < bins.edges[i + 1]) | (i == 7))
        assert bins.truth[i] == pytest.approx(t[here].mean())
        expected = 0.1 * t[here].mean(), stats.sem(r[here])
        assert abs(bins.bias[i] - expected[0]) < 4 * bins.bias_errors[i]
        assert bins.bias_errors[i] == pytest.approx(expected[1], rel=1e-9)
        assert abs(bins.resolution[i] - (1 + 0.05 * bins.truth[i])) < max(
            4 * bins.resolution_errors[i], 0.1 * bins.resolution[i]
        )
    few = TruthBins.of(t[:25], r[:25], np.ones(25), bins=8)
    assert len(few.edges) == 3


def test_a_right_regression_is_told_so(fitted):
    for name, expected in {"bias": 0.0, "RMSE": 2.0, "resolution": 2.0}.items():
        found = fitted.numbers[name]
        assert abs(found.value - expected) < 4 * found.error, name
        assert found.error < 0.1
    # Of the variance 25 + 4 of the truth 25 are explained.
    assert fitted.numbers["R²"].value == pytest.approx(25 / 29, abs=0.02)
    assert abs(fitted.pulls["mean"].value) < 4 * fitted.pulls["mean"].error
    assert fitted.pulls["width"].value == pytest.approx(1.0, abs=0.06)
    for level, found in fitted.coverage.items():
        assert abs(found.value - level) < 4 * found.error
    assert fitted.quantile_coverage == {}
    assert fitted.overtraining.p_value > 0.001
    assert list(doubts_of_regression(fitted)) == []
    assert "RMSE = (" in str(fitted)
    assert fitted.to_dict()["numbers"]["bias"]["value"] == fitted.numbers["bias"].value


def test_widths_that_are_too_small_are_found():
    found = evaluate_regression(gaussian(spread=1.0))
    assert found.pulls["width"].value == pytest.approx(2.0, abs=0.12)
    inside = stats.norm.cdf(0.5) - stats.norm.cdf(-0.5)
    assert next(iter(found.coverage.values())).value == pytest.approx(inside, abs=0.04)
    assert "The learnt widths are too small" in " ".join(doubts_of_regression(found))


def test_a_known_width_is_in_the_unit_of_the_column():
    model = regression(Gaussian(1.0), [1.0], lambda s: np.float32([0.0]))
    told = evaluate_regression(model).predictions["test"]
    # The loss knows the scaled width: one input's standard deviation.
    np.testing.assert_allclose(told.sigma, model.predictor.target.scale)


def test_coverage_of_quantiles():
    found = evaluate_regression(quantiles())
    for level, below in found.quantile_coverage.items():
        assert abs(below.value - level) < 4 * below.error
    assert found.crossing.value == 0.0
    told = found.predictions["test"]
    np.testing.assert_array_equal(told.predicted, told.quantiles[:, 1])
    assert found.pulls == {}
    with pytest.raises(LikelyError, match="no pulls"):
        _ = told.pulls
    assert "share below the quantile 0.16" in str(found)


def test_wrong_calls_of_the_evaluation(fitted):
    model = gaussian(n=100)
    with pytest.raises(LikelyError, match="not trained with"):
        evaluate_regression(model, "train")
    with pytest.raises(LikelyError, match="no part `best`"):
        evaluate_regression(model, "best")
    with pytest.raises(LikelyError, match="`bins` must be"):
        evaluate_regression(model, bins=0)
    lost = replace(model.predictor, model=Line(jnp.full(2, jnp.nan), jnp.zeros(2)))
    with pytest.raises(LikelyError, match="not finite in 200 of 200 events of the par"):
        evaluate_regression(replace(model, predictor=lost))
    narrow = Line(jnp.zeros(2), jnp.array([0.0, -1e4]))
    with pytest.raises(LikelyError, match="width of `energy` is zero in 200 of 200"):
        evaluate_regression(replace(model, predictor=replace(lost, model=narrow)))


# ---- figures of a classifier -------------------------------------------------------


def legend(axes):
    return [t.get_text() for t in axes.get_legend().get_texts()]


def bars_of(axes, colour=None):
    found = [c for c in axes.containers if hasattr(c, "has_yerr")]
    chosen = [c for c in found if colour in (None, c.lines[0].get_color())]
    (bars,) = chosen
    line, _, columns = bars.lines
    ends = np.array([s[:, 1] for s in columns[-1].get_segments()])
    return np.array(line.get_xdata()), np.array(line.get_ydata()), ends


def test_the_area_is_the_one_known_of_normal_variables(told):
    # Two classes 2.5 apart, one against the mixture of both others by one score.
    curve = told.curves["ttH"]
    rng = np.random.default_rng(7)
    x = MEANS[np.arange(200_000) % 3] + rng.normal(size=(200_000, 2))
    logits = x @ MEANS.T - 0.5 * np.sum(MEANS**2, axis=1)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    own = np.arange(200_000) % 3 == 2
    area = stats.mannwhitneyu(p[own, 2], p[~own, 2]).statistic
    area /= own.sum() * (~own).sum()
    assert abs(curve.auc - area) < 4 * curve.auc_error


def test_roc_figure(told):
    axes = plot_roc(told).axes[0]
    assert axes.get_yscale() == "log"
    curves = [line for line in axes.lines if len(line.get_xdata()) > 250]
    assert len(curves) == 3
    for line, curve in zip(curves, told.curves.values(), strict=True):
        for eff in (0.3, 0.6, 0.9):
            x, y = line.get_xdata(), line.get_ydata()
            read = np.interp(eff, x[np.isfinite(y)], y[np.isfinite(y)])
            assert read == pytest.approx(curve.background_rejection(eff).value, rel=0.1)
    words = legend(axes)
    assert words[1].startswith(r"VBF \$<b>\$: AUC = 0.")
    assert words[-2:] == ["Working points", "By chance"]
    marks = [c.lines[0] for c in axes.containers]
    assert len(marks) == 9
    point = told.working_points["ggH"][0]
    assert marks[0].get_xdata()[0] == point.signal_efficiency.value
    assert marks[0].get_ydata()[0] == point.rejection.value


def test_roc_figure_the_other_way_round(told):
    axes = plot_roc(told, "rates").axes[0]
    x, y = axes.lines[0].get_data()
    assert np.trapezoid(y, x) == pytest.approx(told.curves["ggH"].auc, abs=2e-3)
    assert axes.get_xlabel() == "Background efficiency"
    with pytest.raises(LikelyError, match="no `rejections`; did you mean `rejection`"):
        plot_roc(told, "rejections")


def test_nothing_is_under_the_legend(told):
    figure = plot_roc(told)
    image(figure, "png")
    axes = figure.axes[0]
    box = axes.get_legend().get_window_extent()
    for line in axes.lines:
        points = np.array(line.get_data(), float).T
        for a, b in axes.transData.transform(points[points[:, 0] > 0.02]):
            assert not (box.x0 < a < box.x1 and box.y0 < b < box.y1)


@pytest.mark.parametrize("which", ["told", "weighted"])
def test_score_figure(which, request):
    told = request.getfixturevalue(which)
    figure = plot_scores(told, log=False)
    assert len(figure.axes) == 3
    scores = told.scores["test"]
    own = scores.labels == 2
    w = None if scores.weights is None else scores.weights[own]
    bins = 25 if which == "told" else 17
    edges = np.linspace(0, 1, bins + 1)
    counts = np.histogram(scores.probabilities[own, 2], edges, weights=w)[0]
    squares = None
    if w is not None:
        squares = np.histogram(scores.probabilities[own, 2], edges, weights=w * w)[0]
    area = counts.sum() / bins
    x, y, ends = bars_of(figure.axes[2], "#e42536")
    seen = counts != 0
    np.testing.assert_allclose(x, ((edges[1:] + edges[:-1]) / 2)[seen])
    np.testing.assert_allclose(y, counts[seen] / area)
    expected = np.stack(garwood(counts, squares), 1)[seen] / area
    np.testing.assert_allclose(ends, expected, rtol=1e-9)
    filled = figure.axes[2].patches[0].get_data()
    assert filled.values.sum() / bins == pytest.approx(1.0)
    p = told.overtraining["ttH"].p_value
    assert figure.axes[2].get_title("right") == f"KS p = {small(p)}"
    words = [t.get_text() for t in figure.legends[0].get_texts()]
    assert words == ["this class", "all others", "training", "test"]
    image(plot_scores(told), "png")


def test_confusion_figure(told):
    axes = plot_confusion(told).axes[0]
    texts = [t.get_text() for t in axes.texts]
    shares = np.array([float(t.split("\n")[0]) for t in texts]).reshape(3, 3)
    np.testing.assert_allclose(shares.sum(axis=1), 100, atol=0.2)
    scores = told.scores["test"]
    right = scores.probabilities.argmax(axis=1) == scores.labels
    here = right[scores.labels == 2]
    error = 100 * np.sqrt(here.mean() * (1 - here.mean()) / len(here))
    assert shares[2, 2] == pytest.approx(100 * here.mean(), abs=0.06)
    assert float(texts[8].split("± ")[1]) == pytest.approx(error, rel=0.06)
    assert [t.get_text() for t in axes.get_yticklabels()][1] == r"VBF \$<b>\$"


@pytest.mark.parametrize("classes", [10, 25])
def test_confusion_of_many_classes(told, classes):
    many = np.eye(classes) * 5 + 1
    names = tuple(f"class number {i}" for i in range(classes))
    matrix = replace(told.confusion, sums=many, squares=many, classes=names)
    axes = plot_confusion(replace(told, classes=names, confusion=matrix)).axes[0]
    texts = [t.get_text() for t in axes.texts]
    assert texts[:2] == (
        [f"{600 / 15:.0f}", f"{100 / 15:.0f}"] if classes == 10 else []
    )


def test_calibration_figure(told):
    figure = plot_calibration(told)
    found = told.calibration["ttH"]
    x, y, ends = bars_of(figure.axes[2])
    np.testing.assert_allclose(x, found.predicted)
    np.testing.assert_allclose(y, found.observed)
    np.testing.assert_allclose(ends[:, 1], found.upper)
    words = figure.axes[2].get_title("right")
    assert words == f"ECE = {found.ece:.2g},  p = {small(found.p_value)}"
    # The scores are the true probabilities.
    assert found.p_value > 0.001


def test_importance_figure(told):
    found = told.importance
    axes = plot_importance(told).axes[0]
    widths = [bar.get_width() for bar in axes.patches]
    assert widths == sorted(found.values, reverse=True)
    assert axes.get_yticklabels()[0].get_text() == found.ranking()[0][0]
    assert len(plot_importance(told, most=1).axes[0].patches) == 1
    with pytest.raises(LikelyError, match="has no importance"):
        plot_importance(replace(told, importance=None))
    with pytest.raises(LikelyError, match="at least 1"):
        plot_importance(told, most=0)


def test_too_many_classes_for_panels(told):
    many = replace(told, classes=tuple(f"c{i}" for i in range(25)))
    for draw in (plot_scores, plot_calibration):
        with pytest.raises(LikelyError, match="at most 24 classes, and there are 25"):
            draw(many)


def test_doubts_of_a_classifier(told):
    assert list(doubts(told)) == []
    other = replace(told.overtraining["ggH"], asymptotic_p_value=1e-5)
    off = replace(told.calibration["ttH"], p_value=2e-4)
    blind = replace(told.curves["ggH"], auc=0.49, auc_error=0.01, notes=("few",))
    found = list(
        doubts(
            replace(
                told,
                overtraining={**told.overtraining, "ggH": other},
                calibration={**told.calibration, "ttH": off},
                curves={**told.curves, "ggH": blind},
            )
        )
    )
    assert [text.split()[0] for text in found] == [
        "ggH",
        "ggH:",
        "Overtraining:",
        "Calibration:",
    ]
    assert "events of ggH (p = 1.0 × 10⁻⁵)" in found[2]
    assert "probability of ttH (p = 2.0 × 10⁻⁴)" in found[3]


def test_a_note_of_all_classes_is_said_once(told):
    curves = {k: replace(c, notes=("it rains.",)) for k, c in told.curves.items()}
    assert list(doubts(replace(told, curves=curves))) == ["It rains."]


def test_few_events_leave_no_doubt():
    all_inside = residual.share(np.ones(4, bool), np.ones(4))
    assert not off(all_inside, 0.683)
    assert off(residual.share(np.ones(100, bool), np.ones(100)), 0.683)
    assert percent(all_inside) == "100 %"


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.51234, "0.51"),
        (1.0, "1"),
        (8.64e-5, "8.6 × 10⁻⁵"),
        (0.0, "< 10⁻⁹⁹"),
        (np.nan, "–"),
    ],
)
def test_small_probabilities_in_words(p, text):
    assert small(p) == text


# ---- the training ------------------------------------------------------------------


def test_training_figure():
    training = course()
    axes, rate, norm = plot_training(outcome(None, training)).axes
    np.testing.assert_array_equal(
        axes.lines[0].get_ydata(), training.training_loss[:, 0]
    )
    np.testing.assert_array_equal(
        axes.lines[1].get_ydata(), training.validation_loss[:, 0]
    )
    (x,), (y,) = axes.lines[2].get_data()
    assert (x, y) == (5, training.validation_loss[4, 0])
    assert legend(axes)[2] == "Best after epoch 5"
    np.testing.assert_array_equal(rate.lines[0].get_ydata(), [1e-3] * 6)
    np.testing.assert_allclose(norm.lines[0].get_ydata(), training.gradient_norm[:, 0])


def test_training_of_an_ensemble():
    training = replace(course(4), best_epoch=np.array([3, 4, 4, 6]))
    axes = plot_training(outcome(None, training)).axes[0]
    assert axes.get_title("right") == "4 members"
    assert legend(axes)[2] == "Best after epochs 3 to 6"
    np.testing.assert_array_equal(axes.lines[8].get_xdata(), [3, 4, 4, 6])


def test_the_last_weights_are_not_called_the_best():
    rising = course()
    rising.validation_loss[3:] += 1
    last = replace(rising, best_epoch=np.array([6]))
    assert legend(plot_training(outcome(None, last)).axes[0])[2] == "Weights of epoch 6"
    best = replace(rising, best_epoch=np.array([3]))
    assert legend(plot_training(outcome(None, best)).axes[0])[2] == "Best after epoch 3"
    falling = replace(course(), best_epoch=np.array([6]))
    assert best_epochs(falling) == "best after epoch 6"
    assert best_epochs(course(watched=False)) == "weights of epoch 5"


def test_hard_trainings_are_drawn():
    lost = course()
    lost.training_loss[3:] = np.nan
    nothing = replace(
        course(), training_loss=np.full((6, 1), np.nan), best_epoch=np.zeros(1, int)
    )
    unwatched = course(watched=False)
    single = course(epochs=1)
    flat = replace(course(), training_loss=np.ones((6, 1)))
    failed = Status(False, "the loss was no longer finite in epoch 4")
    for training in (lost, nothing, unwatched, single, flat):
        figure = plot_training(outcome(None, training, failed))
        assert figure.axes[0].get_title("left") == "TRAINING FAILED"
        assert image(figure, "png").startswith(b"\x89PNG")
    assert len(legend(plot_training(outcome(None, unwatched)).axes[0])) == 2
    with pytest.raises(LikelyError, match="take `plot_history`"):
        plot_training(replace(outcome(None), minimum=None))


def trial(number, value, state="complete", **parameters):
    known = {"rate": 1e-3, "hidden": [100, 100], "fixed": 1} | parameters
    return {"number": number, "state": state, "value": value, "parameters": known}


TRIALS = [
    trial(2, 0.62, rate=1e-2, hidden=[50]) | {"seconds": 2.5},
    trial(0, 0.7),
    trial(1, 0.65, rate=1e-4),
    trial(3, 0.75, "pruned", rate=3e-3),
    trial(4, None, "failed", hidden=[50]),
    trial(5, 0.66, rate=2e-4),
    trial(6, 99.0, rate=2e-4),
]


def test_trials_figure():
    figure = plot_trials(TRIALS)
    order, rate, hidden = figure.axes
    np.testing.assert_allclose(
        order.lines[0].get_ydata(), [0.7, 0.65, 0.62, 0.62, 0.62]
    )
    assert rate.get_xscale() == "log"
    assert [t.get_text() for t in hidden.get_xticklabels()] == ["[50]", "[100, 100]"]
    star = next(line for line in rate.lines if line.get_marker() == "*")
    assert (*star.get_xdata(), *star.get_ydata()) == (1e-2, 0.62)
    words = [t.get_text() for t in figure.legends[0].get_texts()]
    assert "trial 2: 0.62" in words
    assert words[-2:] == ["far above", "without value"]
    assert order.get_ylim()[1] < 1.0
    assert len(plot_trials([trial(0, 0.5)]).axes) == 1


@pytest.mark.parametrize(
    ("trials", "match"),
    [
        ([], "needs a trial with a value"),
        ([trial(0, None, "failed")], "got 1 trials, none of them with one"),
        ([trial(0, 0.5, "done")], "has the state `done`"),
        ([trial(0, None)], "is complete and has the value None"),
        ([{"number": 0, "state": "complete", "value": 1.0}], "`parameters` is missing"),
        ([trial(0, "x")], "must have a number as `value`; got 'x'"),
        ([trial("a", 1.0)], "`number` must be a whole number"),
        ([trial(0, 1.0) | {"parameters": 5}], "must have `parameters` by their names"),
        ([3], "a trial must be a mapping"),
        (5, "`trials` must be a list of trials"),
    ],
)
def test_wrong_trials(trials, match):
    with pytest.raises(LikelyError, match=match):
        unwrap(plot_trials)(trials)


# ---- figures of a regression -------------------------------------------------------


def test_regression_figure(fitted):
    density, residuals, pulls, bias, resolution, coverage = plot_regression(fitted).axes
    assert density.get_xlabel() == "True energy [GeV]"
    told = fitted.predictions["test"]
    shown = density.images[0].get_array()
    assert 0.98 * len(told.truth) < shown.sum() <= len(told.truth)
    edges = np.linspace(*residuals.get_xlim(), 44)  # of 3 n^(1/3) bins
    counts = np.histogram(told.residuals, edges)[0]
    _, y, _ = bars_of(residuals)
    expected = counts / (len(told.truth) * np.diff(edges))
    np.testing.assert_allclose(y, expected[counts > 0])
    x, curve = pulls.lines[0].get_data()
    np.testing.assert_allclose(curve, stats.norm.pdf(x))
    found = fitted.pulls["width"]
    assert pulls.get_title("right").endswith(f"{found.value:.3f} ± {found.error:.3f}")
    np.testing.assert_allclose(bars_of(bias)[1], fitted.bins.bias)
    np.testing.assert_allclose(bars_of(resolution)[1], fitted.bins.resolution)
    assert resolution.get_ylabel() == "Resolution [GeV]"
    levels, inside, _ = bars_of(coverage)
    np.testing.assert_allclose(inside, levels, atol=0.04)


def test_regression_figure_of_quantiles():
    found = evaluate_regression(quantiles())
    figure = plot_regression(found)
    assert len(figure.axes) == 5
    levels, below, _ = bars_of(figure.axes[4])
    np.testing.assert_allclose(levels, LEVELS)
    np.testing.assert_allclose(below, LEVELS, atol=0.04)


def test_a_regression_without_a_width_has_no_pulls():
    model = regression(lk.losses.SquaredError(), [1.0], lambda s: np.float32([0.0]))
    found = evaluate_regression(model)
    assert len(plot_regression(found).axes) == 4
    with pytest.raises(LikelyError, match="no pulls"):
        draw_pulls(plot_regression(found).axes[0], found)


# ---- images ------------------------------------------------------------------------


def test_gallery_of_images():
    digits = np.random.default_rng(0).random((5, 8, 8))
    figure = plot_images(
        digits, [1, 2, 3, 4, 5], [1, 7, 3, 4, 5], probabilities=[0.5] * 5, columns=3
    )
    titles = [axes.title for axes in figure.axes]
    assert [t.get_text() for t in titles[:2]] == ["1 → 1 (0.50)", "2 → 7 (0.50)"]
    assert [t.get_color() == "#b3001b" for t in titles] == [0, 1, 0, 0, 0]
    assert image(figure, "png").startswith(b"\x89PNG")
    assert len(plot_images(np.zeros((2, 4, 4, 3))).axes) == 2
    for images, options, match in (
        (np.zeros((0, 8, 8)), {}, "takes 1 to 100 images"),
        (np.zeros((2, 8, 8, 5)), {}, "1 or 3 channels"),
        (digits, {"labels": [1]}, "has 1 entries for 5 images"),
        (digits, {"columns": 0}, "at least 1"),
        (digits, {"columns": "a"}, "at least 1"),
        (digits, {"labels": 5}, "a list of one entry an image"),
        ([[[1, 2]], [[1, 2, 3]]], {}, "all images of one size"),
    ):
        with pytest.raises(LikelyError, match=match):
            unwrap(plot_images)(images, **options)


def test_feature_maps():
    maps = {"conv.0": np.arange(48.0).reshape(4, 4, 3), "output": np.ones(10)}
    figure = plot_feature_maps(maps, image=np.eye(4))
    assert len(figure.axes) == 4
    shown = figure.axes[2].images[0].get_array()
    np.testing.assert_array_equal(shown, maps["conv.0"][..., 1])
    assert figure.axes[1].get_title("left") == "conv.0: 3 channels of 4 × 4"
    assert len(plot_feature_maps({"a": np.zeros((2, 2, 20))}).axes) == 8
    with pytest.raises(LikelyError, match=r"got output: \(10,\)"):
        plot_feature_maps({"output": np.ones(10)})


def test_receptive_fields():
    fields = {"conv": ReceptiveField(3, 1, -1), "pool": ReceptiveField(4, 2, -1)}
    figure = plot_receptive_field(np.zeros((9, 9)), fields)
    first, second = figure.axes[0].patches
    # The pixel 4 of nine is the middle, its field 3 to 5.
    assert first.get_x() + first.get_width() / 2 == pytest.approx(4.0)
    # Fields of the second begin at -1, 1, 3, ... and 3 to 6 or 1 to 4 is nearest.
    assert second.get_x() + second.get_width() / 2 in (2.5, 4.5)
    assert legend(figure.axes[0]) == [
        "conv: 3 × 3, stride 1",
        "pool: 4 × 4, stride 2",
    ]
    wide = plot_receptive_field(np.zeros((4, 4)), {"c": ReceptiveField(9, 1, -4)})
    assert legend(wide.axes[0])[-1] == "padding"
    with pytest.raises(LikelyError, match="needs a field"):
        plot_receptive_field(np.zeros((4, 4)), {})
    with pytest.raises(LikelyError, match="fields by the name of the layer; got int"):
        unwrap(plot_receptive_field)(np.zeros((4, 4)), {"conv": 5})


# ---- the pages ---------------------------------------------------------------------


def written(write, folder, *given, **options):
    files = write(folder, *given, **options)
    assert sorted(p for p in folder.rglob("*") if p.is_file()) == sorted(files)
    return Page(files[-1].read_text(encoding="utf-8")), files


def run(found, told, folder):
    gallery = Drawing("gallery", plot_images(np.eye(4)[None]), "One image: " + "x" * 30)
    return written(
        write_classification_report,
        folder,
        found,
        told,
        title="Higgs & <i>friends</i>",
        study_text="kind: classify\n# <script>alert(1)</script>\n",
        trials=TRIALS,
        remarks=["a remark", gallery],
    )


@pytest.fixture(scope="module")
def report(found, told, tmp_path_factory):
    return run(found, told, tmp_path_factory.mktemp("classify") / "run")


def test_files_of_a_classification(report):
    _, files = report
    stems = ["roc-rejection", "roc-rates", "scores", "confusion", "calibration"]
    stems += ["importance", "training", "search", "gallery"]
    expected = [f"figures/{s}.{kind}" for s in stems for kind in ("png", "pdf")]
    root = files[-1].parent
    found = [f.relative_to(root).as_posix() for f in files]
    assert found == [*expected, "report.html"]


def test_the_page_needs_nothing_else(report):
    page, files = report
    html = files[-1].read_text(encoding="utf-8")
    loads = re.findall(
        r"(?:src|href|action|data|url)\s*[=(]\s*[\"']?([^\"')\s>]+)", html
    )
    assert loads
    assert all(load.startswith("data:image/png;base64,") for load in loads)
    assert not {"script", "i", "b", "link", "iframe"} & {t for t, _ in page.tags}
    assert not re.search(r"@import|https?://", html)
    assert not page.open
    assert all(len(img["alt"]) > 30 for img in page.all("img"))
    assert all(th["scope"] in {"row", "col", "colgroup"} for th in page.all("th"))


def test_the_page_of_a_classification_says_it_all(report, told):
    page, _ = report
    curve, accuracy = told.curves["ttH"], told.confusion.accuracy
    for words in (
        "Higgs & <i>friends</i> ✓ Trained Trained for 6 epochs",
        f"Accuracy ({100 * accuracy.value:.2f} ± {100 * accuracy.error:.2f}) %",
        "A note a remark",
        "VBF $<b>$ 2000 1000 0.",
        f"ttH 2000 1000 {curve.auc:.4f} ± {curve.auc_error:.4f}",
        f"calibrated, p = {small(told.calibration['ttH'].p_value)}",
        small(told.overtraining["ttH"].p_value),
        "cut: probability ≥ signal efficiency background efficiency",
        "2 complete 0.62 0.01 [50] 1 2.5 s 1 complete 0.65",
        "met GeV",
        "Weights 12 345",
        "Epochs 6, best after epoch 5",
        "Events 6000 train, 3000 test",
        "Time: fit 0.125 s",
        "version 0.1.0",
        "<script>alert(1)</script>",
    ):
        assert words in page.text, words
    assert "None" not in page.text
    assert "may be used" not in page.text


def test_a_failed_training_is_loud(found, tmp_path):
    status = Status(False, "the loss was <b>not</b> finite in epoch 4")
    broken = replace(found, result=replace(found.result, status=status))
    page, files = written(write_classification_report, tmp_path, broken, None)
    assert [f.stem for f in files if f.suffix == ".png"] == ["training"]
    assert {"class": "status failed", "role": "alert"} in page.all("div")
    assert "✗ The training failed The loss was <b>not</b> finite" in page.text
    assert "Nothing below may be used." in page.text
    assert "ggH 2000 1000" in page.text


def test_another_kind_of_model_has_another_training(found, tmp_path):
    other = replace(found, result=replace(found.result, minimum=None))
    page, files = written(write_classification_report, tmp_path, other, None)
    assert "figures/training.png" in [f.relative_to(tmp_path).as_posix() for f in files]
    assert "Network Exact" in page.text
    assert "Epochs" not in page.text


def test_an_ensemble_of_weighted_events(tmp_path):
    data = {"train": events(900, 1), "test": events(900, 3, weighted=True)}
    found = classifier(data, members=3)
    page, _ = written(
        write_classification_report,
        tmp_path,
        found,
        evaluate(found, working_points=POINTS, importance=False),
    )
    sums = np.bincount(np.arange(900) % 3, data["test"].weights)
    assert f"ggH 300 300 300 {sums[0]:g}".replace(".0 ", " ") in page.text
    assert "member best epoch validation loss accuracy mean log-likelihood" in page.text
    assert "standard deviation" in page.text
    assert "Members 3" in page.text
    assert "Importance of the columns" not in page.text


def test_the_same_evaluation_gives_the_same_bytes(report, found, told, tmp_path):
    _, again = run(found, told, tmp_path)
    for one, other in zip(report[1], again, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_the_page_of_a_regression(tmp_path, fitted):
    page, files = written(write_regression_report, tmp_path, gaussian(), fitted)
    stems = [f.stem for f in files if f.suffix == ".png"]
    assert stems == ["regression", "training"]
    bias = fitted.numbers["bias"]
    text = f"{bias.value:.3f} ± {bias.error:.3f}".replace("-", "−")
    for words in (
        "Regression report ✓ Trained",
        "energy with a resolution of (",
        f"bias {text} GeV mean of predicted − true",
        "width of the pulls",
        "coverage of 68.3 %",
        "true energy [GeV] mean [GeV] events bias [GeV] resolution [GeV]",
    ):
        assert words in page.text, words
    assert not page.open


def test_the_page_of_quantiles_and_of_a_failure(tmp_path):
    model = quantiles()
    told = evaluate_regression(model)
    page, _ = written(write_regression_report, tmp_path / "a", model, told)
    assert "share below the quantile 0.84" in page.text
    assert "quantiles that cross" in page.text
    failed = replace(model, result=replace(model.result, status=Status(False, "lost")))
    page, _ = written(write_regression_report, tmp_path / "b", failed, None)
    assert "✗ The training failed Lost" in page.text


def test_the_table_of_images():
    pixels = np.random.default_rng(0).normal(3.0, 2.0, (50, 4, 5))
    data = Dataset.of({"label": np.arange(50.0)}, arrays={"image": pixels})
    (table,) = feature_tables(Images.of(data, "image"))
    cells = [cell.text for cell in table.rows[0]]
    expected = [f"{pixels.mean():.4g}", f"{pixels.std():.4g}"]
    assert cells == ["image", "4 × 5", *expected]


def test_categories_and_what_is_missing():
    columns = {"pt": [1.0, np.nan, 3.0, 8.0], "charge": [-1.0, 1.0, 1.0, -1.0]}
    features = Features.of(
        Dataset.of(columns), ["pt"], categorical=["charge"], missing="mask"
    )
    numeric, categorical = feature_tables(features)
    assert [cell.text for cell in numeric.rows[0]] == ["pt", "", "4", "2.944"]
    assert "What is missing becomes the median, and an input" in numeric.note
    assert [cell.text for cell in categorical.rows[0]] == ["charge", "-1, 1"]


def test_wrong_trials_are_told_before_anything_is_written(found, told, tmp_path):
    with pytest.raises(LikelyError, match="has the state `done`"):
        write_classification_report(
            tmp_path / "x", found, told, trials=[trial(0, 0.5, "done")]
        )
    assert not (tmp_path / "x").exists()
