"""Boosted trees behind the door of networks: their truth is scikit-learn's own."""

import sys
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import onnxruntime
import pytest
import yaml
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.ensemble import (
    HistGradientBoostingClassifier as Classifier,
    HistGradientBoostingRegressor as Regressor,
)
from threadpoolctl import threadpool_limits

import likely as lk
from likely.core import LikelyError
from likely.export import export_predictor, stablehlo
from likely.fit import Ensemble
from likely.methods import (
    CrossOptions,
    cross_classify,
    cross_regress,
    evaluate,
    evaluate_regression,
    load_predictor,
    save_predictor,
)
from likely.methods.boosting import grow
from likely.methods.boosting.arrays import rounded_down
from likely.studies import check, load, predict, run
from likely.studies.learning.trial_content import content_of_trial, content_with


@pytest.fixture(autouse=True)
def one_thread():
    """Let no thread wait for another on a busy machine."""
    with threadpool_limits(1, user_api="openmp"):
        yield


FEW = lk.Boosting(12, 8, learning_rate=0.3, minimum_leaf=5, stopping=None)
FEATURES = ["a", "b", "c"]


def dataset(n, seed=0):
    """Return events of three classes, a number and a count; some numbers missing."""
    rng = np.random.default_rng(seed)
    a, b, c = rng.normal(size=(3, n)).astype(np.float32)
    kind = (a + b * c + 0.3 * rng.normal(size=n) > 0).astype(int) + (np.abs(b) > 1.5)
    columns = {"a": a, "b": b, "c": 1e4 + c, "kind": kind, "two": kind > 0}
    columns["energy"] = 50 + 10 * a * b + rng.normal(size=n)
    columns["count"] = rng.poisson(np.exp(0.5 * a)).astype(float)
    columns["flag"] = rng.choice([-1.0, 2.0, 5.0], n)
    columns["b"] = np.where(rng.random(n) < 0.1, np.nan, b)
    columns["c"] = np.where(kind + rng.random(n) > 2.5, np.nan, columns["c"])
    columns = {k: np.asarray(v, float) for k, v in columns.items()}
    return lk.Dataset.of(columns, weights=rng.random(n) + 0.1)


EVENTS = dataset(1500)
PARTS = {"train": EVENTS, "validation": dataset(700, 1), "test": dataset(500, 2)}
MANY = dataset(10_000, 3)
CODED = {"categorical": ["flag"], "missing": "keep"}
COLUMNS = lk.Features.of(EVENTS, FEATURES, **CODED)
THREE = lk.Labels.of("kind", ["x", "y", "z"])
TWO = lk.Labels.of("two", ["x", "y"])


def options_of(net, **more):
    return {
        "learning_rate": net.learning_rate,
        "max_iter": net.trees,
        "max_leaf_nodes": net.leaves,
        "min_samples_leaf": net.minimum_leaf,
        "early_stopping": False,
        **more,
    }


def outputs(found, data):
    model = found.predictor.model
    return np.asarray(jax.vmap(model)(found.predictor.features.matrix(data)))


def trained_there(model, found, target):
    """Return scikit-learn's model of the same events, and what it says of many."""
    features = found.predictor.features
    model.fit(features.matrix(EVENTS), target, EVENTS.weights)
    return model, features.matrix(MANY)


# --- the trees are scikit-learn's -----------------------------------------------------


@pytest.mark.parametrize("labels", [TWO, THREE], ids=["two", "three"])
def test_classes(labels):
    found = lk.classify(PARTS, COLUMNS, labels, net=FEW)
    codes = labels.codes(EVENTS)
    theirs, x = trained_there(Classifier(**options_of(FEW)), found, codes)
    assert np.isnan(x).any(axis=0).sum() == 2
    assert np.isnan(x[:, 1]).sum() > 500
    truth = theirs.decision_function(x).reshape(len(x), -1)
    assert_allclose(outputs(found, MANY), truth, atol=1e-5)
    p = found.predictor(MANY)
    assert_allclose(p, theirs.predict_proba(x), atol=1e-5)
    assert found.result.provenance["scikit-learn"]


LOSSES = {
    "squared_error": (lk.losses.SquaredError(), "energy", {}),
    "poisson": (lk.losses.Poisson(), "count", {}),
    "quantile": (lk.losses.Quantile((0.8,)), "energy", {"quantile": 0.8}),
}


@pytest.mark.parametrize("name", LOSSES)
def test_numbers(name):
    loss, column, more = LOSSES[name]
    found = lk.regress(PARTS, COLUMNS, column, net=FEW, loss=loss)
    target = found.predictor.target
    model = Regressor(loss=name, **options_of(FEW, **more))
    theirs, x = trained_there(model, found, target.values(EVENTS))
    truth = theirs.predict(x)
    mine = outputs(found, MANY)[:, 0]
    assert_allclose(np.exp(mine) if name == "poisson" else mine, truth, atol=1e-5)
    ours = found.predictor(MANY)
    assert_allclose(ours.ravel(), truth * target.scale + target.centre, rtol=1e-5)


def test_the_squared_error_is_the_default():
    found = lk.regress(PARTS, COLUMNS, "energy", net=FEW)
    assert isinstance(found.predictor.loss, lk.losses.SquaredError)


def stages_of(name):
    if name in ("two", "three"):
        labels = TWO if name == "two" else THREE
        found = lk.classify(PARTS, COLUMNS, labels, net=FEW)
        model, target = Classifier(**options_of(FEW)), labels.codes
    else:
        loss, column, more = LOSSES[name]
        found = lk.regress(PARTS, COLUMNS, column, net=FEW, loss=loss)
        model = Regressor(loss=name, **options_of(FEW, **more))
        target = found.predictor.target.values
    model.fit(found.predictor.features.matrix(EVENTS), target(EVENTS), EVENTS.weights)
    return found, model, target


@pytest.mark.parametrize("name", ["two", "three", *LOSSES])
def test_losses_are_those_of_each_step(name):
    found, model, target = stages_of(name)
    stages = getattr(model, "staged_decision_function", model.__class__.staged_predict)
    training = found.result.minimum
    loss = found.predictor.loss
    each = jax.jit(jax.vmap(loss.of_event))
    for part in ("train", "validation"):
        data = PARTS[part]
        x, truth = found.predictor.features.matrix(data), jnp.asarray(target(data))
        args = (x,) if hasattr(model, "staged_decision_function") else (model, x)
        losses = []
        for stage in stages(*args):
            stage = np.log(stage) if name == "poisson" else stage
            terms = each(jnp.asarray(stage.reshape(len(x), -1)), truth)
            losses.append(np.average(terms, weights=data.weights))
        kept = training.training_loss if part == "train" else training.validation_loss
        assert_allclose(kept[:, 0], losses, rtol=1e-9)
    assert found.result.history == tuple(training.training_loss[:, 0])
    total = found.result.sum_of_weights
    assert_allclose(found.result.loss, 2 * total * training.training_loss[-1, 0])


def test_thresholds_divide_single_numbers_as_double_ones_do():
    rng = np.random.default_rng(5)
    x = rng.normal(size=20_000).astype(np.float32)
    nearby = np.nextafter(x, np.float32(rng.choice([-9, 9])))
    middle = (x.astype(float) + nearby) / 2
    t = np.concatenate([x, x, middle, [np.inf, 1e300, -1e300]])
    values = np.concatenate([x, nearby, nearby, np.float32([3e38, 3e38, -3e38])])
    rounded = rounded_down(t)
    assert rounded.dtype == np.float32
    assert (rounded <= t).all()
    assert_array_equal(values <= rounded, values.astype(float) <= t)


# --- training -------------------------------------------------------------------------


def test_the_best_steps_are_kept():
    net = lk.Boosting(200, learning_rate=0.5, stopping=lk.EarlyStopping(4))
    found = lk.classify(PARTS, COLUMNS, THREE, net=net)
    training = found.result.minimum
    best = int(np.argmin(training.validation_loss[:, 0])) + 1
    assert training.stopped.all()
    assert training.epochs == best + 4
    assert training.best_epoch.tolist() == [best]
    assert found.predictor.model.trees == best
    assert f"the trees of the first {best} are kept" in found.result.message
    alone = {"train": PARTS["train"]}
    whole = lk.classify(alone, COLUMNS, THREE, net=replace(net, trees=best))
    assert np.isnan(whole.result.minimum.validation_loss).all()
    assert_array_equal(outputs(found, MANY), outputs(whole, MANY))
    assert "validation" not in whole.result.message


def test_the_same_seed_gives_the_same_trees_with_any_threads(monkeypatch):
    monkeypatch.setattr(grow, "FEW", 0)
    net = replace(FEW, columns=0.5, seed=4)
    models = []
    for threads in (1, 2):
        with threadpool_limits(threads, user_api="openmp"):
            models.append(lk.classify(PARTS, COLUMNS, THREE, net=net).predictor.model)
    one, two = map(jax.tree.leaves, models)
    for a, b in zip(one, two, strict=True):
        assert_array_equal(a, b)
    other = lk.classify(PARTS, COLUMNS, THREE, net=replace(net, seed=5))
    assert not np.array_equal(other.predictor.model.feature, models[0].feature)


@pytest.fixture(scope="module")
def ensemble():
    net = replace(FEW, columns=0.4, members=3, stopping=lk.EarlyStopping(2))
    return lk.classify(PARTS, COLUMNS, THREE, net=net)


def test_members_differ(ensemble):
    each = ensemble.predictor.members(PARTS["test"])
    assert each.shape == (3, 500, 3)
    assert np.abs(each[0] - each[1]).max() > 0.05
    assert_allclose(ensemble.predictor(PARTS["test"]), each.mean(axis=0))
    assert isinstance(ensemble.predictor.model, Ensemble)


def test_folds_judge_events_that_they_have_not_seen():
    options = CrossOptions(validation=0.2, seed=2)
    found = cross_classify(EVENTS, COLUMNS, THREE, 3, net=FEW, options=options)
    train, test = (found.scores(part).probabilities for part in ("train", "test"))
    logs = [np.log(p[range(1500), THREE.codes(EVENTS)]).mean() for p in (train, test)]
    assert logs[0] > logs[1] + 0.02
    member = found.predictor.members(EVENTS)[found.fold, range(1500)]
    assert_array_equal(test, member)
    other = cross_regress(EVENTS, COLUMNS, "energy", 2, net=FEW)
    assert other.predictions().shape == (1500,)
    with pytest.raises(LikelyError, match="stands beside folds"):
        cross_classify(
            EVENTS, COLUMNS, THREE, 3, net=replace(FEW, members=2, columns=0.5)
        )


def test_trees_find_what_is_not_linear():
    found = lk.classify(PARTS, COLUMNS, TWO, net=lk.Boosting(100))
    judged = evaluate(found)
    assert judged.curves["y"].auc > 0.93
    assert judged.importance["flag"][0] < 0.02 < judged.importance["a"][0]


def test_a_resolution_is_judged():
    found = lk.regress(PARTS, COLUMNS, "energy", net=lk.Boosting(100))
    assert evaluate_regression(found).numbers["R²"].value > 0.6


def test_one_who_watches_ends_it():
    seen = []

    def watch(step, losses):
        seen.append(float(losses[0]))
        return step == 5

    found = lk.classify(PARTS, COLUMNS, THREE, net=replace(FEW, watch=watch))
    training = found.result.minimum
    assert training.epochs == 5
    assert seen == training.validation_loss[:, 0].tolist()
    assert found.predictor.model.trees == 5


def test_a_loss_that_runs_away_is_told():
    net = replace(FEW, learning_rate=1e4)
    with np.errstate(all="ignore"):
        found = lk.regress(PARTS, COLUMNS, "count", net=net, loss=lk.losses.Poisson())
    assert not found.result.ok
    assert "no longer finite in step" in found.result.message


def test_nothing_learnt_is_told():
    net = lk.Boosting(3, minimum_leaf=1000)
    found = lk.classify(PARTS, COLUMNS, THREE, net=net)
    assert any("nothing was learnt" in note for note in found.result.status.notes)
    assert found.predictor.model.levels == 0


# --- files ----------------------------------------------------------------------------


def test_saved_trees_come_back(ensemble, tmp_path):
    save_predictor(ensemble.predictor, tmp_path)
    again = load_predictor(tmp_path)
    assert_array_equal(again(MANY), ensemble.predictor(MANY))


@pytest.mark.parametrize("kind", ["two", "ensemble", "number"])
def test_other_programs_get_the_same(kind, ensemble, tmp_path):
    if kind == "ensemble":
        found = ensemble
    elif kind == "two":
        found = lk.classify(PARTS, COLUMNS, TWO, net=FEW)
    else:
        found = lk.regress(PARTS, COLUMNS, "energy", net=FEW)
    file = tmp_path / "model.onnx"
    told = export_predictor(found.predictor, file)
    assert not told.notes
    raw = found.predictor.features.raw(MANY).astype(np.float32)
    session = onnxruntime.InferenceSession(file)
    (given,) = session.run(None, {"inputs": raw})
    truth = found.predictor(MANY)
    assert_allclose(given, truth, rtol=1e-5, atol=1e-5)
    # What the training has not had is refused, with a number that is none.
    strange = raw[:2].copy()
    strange[0, 3], strange[1, 0] = 7, np.inf
    (refused,) = session.run(None, {"inputs": strange})
    assert np.isnan(refused).all()


def test_stablehlo(ensemble, tmp_path):
    file = tmp_path / "model.stablehlo"
    export_predictor(ensemble.predictor, file, to="stablehlo")
    raw = ensemble.predictor.features.raw(MANY).astype(np.float32)
    given = stablehlo.load_stablehlo(file)(raw)
    assert_allclose(given, ensemble.predictor(MANY), atol=1e-5)


# --- what is refused ------------------------------------------------------------------


def negative():
    weights = np.asarray(EVENTS.weights).copy()
    weights[7] = -0.5
    return {"train": lk.Dataset(EVENTS.columns, weights, EVENTS.units)}


IMAGES = lk.Dataset.of(
    {"kind": [0, 1, 2] * 4}, arrays={"photo": np.random.rand(12, 4, 4)}
)
REFUSED = {
    "have a negative weight, the first -0.5": lambda: lk.classify(
        negative(), COLUMNS, THREE, net=FEW
    ),
    "training events are zero": lambda: lk.classify(
        {"train": lk.Dataset(EVENTS.columns, np.zeros(1500), EVENTS.units)},
        COLUMNS,
        THREE,
        net=FEW,
    ),
    "drop it, and give `learning_rate` and `stopping` to `Boosting`": lambda: (
        lk.classify(PARTS, COLUMNS, THREE, net=FEW, minimiser=lk.Descent())
    ),
    "cannot be boosted by the loss `Huber`": lambda: lk.regress(
        PARTS, COLUMNS, "energy", net=FEW, loss=lk.losses.Huber()
    ),
    "the loss `Quantile` of several levels": lambda: lk.regress(
        PARTS, COLUMNS, "energy", net=FEW, loss=lk.losses.Quantile()
    ),
    "`label_smoothing` is not for boosted trees": lambda: lk.classify(
        PARTS,
        COLUMNS,
        THREE,
        net=FEW,
        loss=lk.losses.Categorical(label_smoothing=0.1),
    ),
    "has penalties, or a term of outputs": lambda: lk.classify(
        PARTS,
        COLUMNS,
        THREE,
        net=FEW,
        loss=lk.losses.Categorical(penalties=(lk.losses.L2(1.0),)),
    ),
    "needs counts as targets": lambda: lk.regress(
        PARTS, COLUMNS, "a", net=FEW, loss=lk.losses.Poisson()
    ),
    "take `columns` below 1": lambda: lk.Boosting(members=3),
    "`bins` must be from 2 to 255; got 256": lambda: lk.Boosting(bins=256),
    "`leaves` must be a whole number >= 2; got 1": lambda: lk.Boosting(leaves=1),
    "`columns` must be above 0, up to 1; got 0": lambda: lk.Boosting(columns=0),
    "`stopping` must be `EarlyStopping": lambda: lk.Boosting(stopping=3),
    "`inputs` must be finite": lambda: lk.classify(
        PARTS,
        COLUMNS,
        THREE,
        net=lk.nets.linear(6, 3, key=jax.random.key(0)),
    ),
    "and `features` are images": lambda: lk.classify(
        {"train": IMAGES}, lk.Images.of(IMAGES, "photo"), THREE, net=FEW
    ),
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_trees_cannot_have_is_told(words):
    with pytest.raises(LikelyError) as told:
        REFUSED[words]()
    assert words in str(told.value)


def test_without_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    with pytest.raises(LikelyError, match=r'pip install "likely\[boosted\]"'):
        lk.classify(PARTS, COLUMNS, THREE, net=FEW)


# --- studies --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("boosted")
    lk.write(lk.Dataset.of(dict(EVENTS.columns)), folder / "events.parquet")
    return folder


def classify_study(home, **changed):
    return {
        "kind": "classify",
        "seed": 3,
        "data": {"file": str(home / "events.parquet")},
        "target": {"column": "kind", "classes": ["x", "y", "z"]},
        "features": {"numeric": FEATURES, "missing": "keep"},
        "model": {"net": "boosted", "trees": 20, "leaves": 6},
        **changed,
    }


def regress_study(home, **changed):
    study = classify_study(home, kind="regress", target={"column": "energy"})
    return {**study, **changed}


def test_a_study_leaves_everything(home):
    folder = home / "run"
    done = run(classify_study(home), out=folder)
    assert done.ok
    files = {file.name for file in folder.iterdir()}
    assert {"report.html", "result.json", "model.json", "model.safetensors"} <= files
    page = (folder / "report.html").read_text()
    assert "boosted: inputs 3" in page
    assert "Numbers are given as they are." in page
    rows = (folder / "metrics.csv").read_text().splitlines()
    assert len(rows) == 1 + done.result.result.minimum.epochs
    told = predict(folder, home / "events.parquet", home / "scores.parquet")
    assert_allclose(sum(told.events[n] for n in told.names), 1, atol=1e-6)
    written = yaml.safe_load((folder / "study.yaml").read_text())
    assert written["fit"] == {
        "learning_rate": 0.1,
        "early_stopping": {"patience": 15, "smallest": 0},
        "balanced": False,
        "folds": 1,
        "ensemble": 1,
    }
    again = load(folder / "study.yaml").content
    assert again.model_dump() == done.study.content.model_dump() | {
        "title": again.title
    }


def test_a_regression_and_folds(home):
    done = run(regress_study(home, fit={"folds": 2}), out=home / "regress")
    assert done.ok
    assert done.result.found.predictor.model.size == 2
    assert load(regress_study(home)).content.target.loss == "squared_error"


def test_a_study_can_be_checked(home):
    shown = str(check(classify_study(home)))
    assert "boosted, trees of 6 leaves" in shown
    assert "boosting, up to 20 steps at the rate 0.1" in shown


def test_a_search_looks_for_trees(home):
    space = {"model.leaves": [2, 12], "fit.learning_rate": [0.05, 0.5, "log"]}
    search = {"trials": 6, "space": space, "sampler": "random"}
    found = lk.search(classify_study(home, search=search))
    assert {trial.state for trial in found.trials} <= {"complete", "pruned"}
    assert isinstance(found.best.parameters["model.leaves"], int)
    assert all(trial.losses for trial in found.trials)


def test_a_search_compares_trees_and_networks(home):
    """The default of one kind of model is none of the other's."""
    search = {
        "trials": 2,
        "space": {"model.net": {"choices": ["linear", "boosted"]}},
        "sampler": "grid",
    }
    features = {"numeric": FEATURES, "missing": "median"}
    study = classify_study(home, search=search, features=features, model={"net": "mlp"})
    content = load(study).content
    trees = content_of_trial(content, {"model.net": "boosted"})
    assert trees.fit.learning_rate == 0.1
    again = content_with(trees, {"model.net": "linear"})
    assert again.fit.learning_rate == 1e-3
    found = lk.search(study)
    assert [trial.state for trial in found.trials] == ["complete"] * 2


FAULTS = {
    "`fit.batch` is of networks": ({"fit": {"batch": 256}}, classify_study),
    "`fit.minimiser` is of networks": ({"fit": {"minimiser": "adam"}}, classify_study),
    "the number of steps is `model.trees`": ({"fit": {"epochs": 5}}, classify_study),
    "`fit.penalties` is of networks": (
        {"fit": {"penalties": {"l2": 0.0}}},
        classify_study,
    ),
    "would have members that are all the same": (
        {"fit": {"ensemble": 3}},
        classify_study,
    ),
    "`model.hidden` is an option of": (
        {"model": {"net": "boosted", "hidden": [3]}},
        classify_study,
    ),
    "`model.leaves` must be between 2": (
        {"model": {"net": "boosted", "leaves": 1}},
        classify_study,
    ),
    "`model.leaves` is an option of `net: boosted`": (
        {"model": {"net": "mlp", "leaves": 9}},
        classify_study,
    ),
    "is `keep`, which is for `net: boosted`": (
        {"model": {"net": "mlp"}},
        classify_study,
    ),
    "is `gaussian`, by which trees cannot be boosted": (
        {"target": {"column": "energy", "loss": "gaussian"}},
        regress_study,
    ),
    "must be one level": (
        {"target": {"column": "energy", "loss": "quantile", "levels": [0.1, 0.9]}},
        regress_study,
    ),
    "the steps of `net: boosted` are": (
        {"search": {"space": {"model.leaves": [2, 9]}, "epochs": 4}},
        classify_study,
    ),
}


@pytest.mark.parametrize("words", FAULTS)
def test_options_of_networks_are_refused(words, home):
    changed, study = FAULTS[words]
    with pytest.raises(LikelyError) as told:
        load(study(home, **changed))
    assert words in str(told.value)
