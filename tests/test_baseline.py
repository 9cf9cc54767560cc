"""A network against boosted trees on the same events."""

import json
from inspect import unwrap  # past the types, which a user is free to get wrong

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose
from threadpoolctl import threadpool_limits

import likely as lk
from likely.core import LikelyError
from likely.methods import evaluate
from likely.report import write_classification_report
from likely.studies import load, run

CLASSES = ["x", "y", "z"]


@pytest.fixture(autouse=True)
def one_thread():
    """Let no thread wait for another on a busy machine."""
    with threadpool_limits(1, user_api="openmp"):
        yield


def events(n, seed=0):
    """Return events whose class a line does not tell."""
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, n))
    kind = (a * b > 0).astype(float) + (a > 1)
    weights = rng.choice([0.5, 1.0, 2.0], n)
    return lk.Dataset.of({"a": a, "b": b, "kind": kind}, weights=weights)


PARTS = {"train": events(900), "validation": events(400, 1), "test": events(600, 2)}
FEATURES = lk.Features.of(PARTS["train"], ["a", "b"])
LABELS = lk.Labels.of("kind", CLASSES)


@pytest.fixture(scope="module")
def line():
    minimiser = lk.Descent(lk.Adam(1e-2), epochs=5)
    net = lk.nets.linear(2, 3, key=jax.random.key(0))
    return lk.classify(PARTS, FEATURES, LABELS, net=net, minimiser=minimiser)


@pytest.fixture(scope="module")
def trees():
    with threadpool_limits(1, user_api="openmp"):
        return lk.classify(PARTS, FEATURES, LABELS, net=lk.Boosting(40, 8))


def test_the_areas_are_those_of_both(line, trees):
    found = evaluate(line, importance=False, baseline=trees).baseline
    alone = evaluate(trees, importance=False)
    assert found.what == "boosted trees"
    assert found.log_likelihood == alone.log_likelihood
    ours, theirs = line.scores(), trees.scores()
    for i, name in enumerate(CLASSES):
        scores = ours.probabilities[:, i], theirs.probabilities[:, i]
        wanted = lk.stats.compare_auc(*scores, ours.labels == i, ours.weights)
        assert found.areas[name] == wanted
        assert_allclose(wanted.auc_b, alone.curves[name].auc, rtol=1e-12)


def test_a_report_says_by_how_much(line, trees, tmp_path):
    judged = evaluate(line, importance=False, baseline=trees)
    assert judged.baseline.areas["x"].difference < -0.2
    *_, page = write_classification_report(tmp_path, line, judged)
    text = page.read_text()
    assert "Against boosted trees" in text
    assert "Boosted trees have a larger area of x (by 0." in text
    assert "AUC less that of boosted trees: x -0." in str(judged)
    other = evaluate(trees, importance=False, baseline=line).baseline
    assert other.what == "MLP"
    assert other.areas["x"].difference == -judged.baseline.areas["x"].difference


def test_what_is_no_classifier_is_refused(line):
    with pytest.raises(LikelyError, match="is another classifier"):
        unwrap(evaluate)(line, importance=False, baseline=lk.Boosting())


def test_other_events_are_refused(line, trees):
    parts = {**PARTS, "test": events(600, 3)}
    other = lk.classify(parts, FEATURES, LABELS, net=lk.Boosting(3, 4))
    with pytest.raises(LikelyError, match="other events in the part `test`"):
        evaluate(line, importance=False, baseline=other)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("baseline")
    columns = {**events(900).columns, "w": events(900).weights}
    lk.write(lk.Dataset.of(columns), folder / "events.parquet")
    negative = {**columns, "w": np.where(columns["a"] > 2, -1.0, 1.0)}
    lk.write(lk.Dataset.of(negative), folder / "negative.parquet")
    return folder


def study(home, file="events.parquet", **changed):
    return {
        "kind": "classify",
        "data": {"file": str(home / file), "weight": "w"},
        "target": {"column": "kind", "classes": CLASSES},
        "features": {"numeric": ["a", "b"]},
        "model": {"net": "linear"},
        "fit": {"epochs": 3},
        "report": {"importance": False, "baseline": "boosted"},
        **changed,
    }


@pytest.mark.parametrize("folds", [1, 2])
def test_a_study_has_it_in_one_line(home, folds):
    folder = home / f"run{folds}"
    assert run(study(home, fit={"epochs": 3, "folds": folds}), out=folder).ok
    found = json.loads((folder / "result.json").read_text())["evaluation"]["baseline"]
    assert found["what"] == "boosted trees"
    assert found["classes"]["x"]["difference"] < -0.1
    assert "Against boosted trees" in (folder / "report.html").read_text()


def test_what_trees_cannot_learn_is_told_before_the_training(home):
    with pytest.raises(LikelyError, match="have a negative weight"):
        run(study(home, "negative.parquet"), out=home / "negative")
    assert not (home / "negative" / "model.json").exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"model": {"net": "boosted"}, "fit": {}}, "would be compared with"),
        ({"report": {"baseline": "forest"}}, "boosted"),
        (
            {
                "kind": "regress",
                "target": {"column": "a"},
            },
            "an option of `kind: classify`",
        ),
        (
            {"features": {"image": "a"}, "model": {"net": "conv"}},
            "which take columns",
        ),
    ],
    ids=str,
)
def test_a_baseline_that_cannot_be(home, changed, words):
    with pytest.raises(LikelyError, match=words):
        load(study(home, **changed))
