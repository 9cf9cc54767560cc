"""Search: the same answer however it is made, and never a trial that is lost."""

import importlib
import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import jax
import numpy as np
import pytest
import search_cases as cases
from scipy import stats

import likely as lk
from likely.cli.main import main
from likely.core import LikelyError, compile_clock, runtime
from likely.data import Dataset
from likely.methods.search import (
    SAMPLERS,
    AbstractPool,
    Choices,
    Journal,
    Plan,
    Range,
    Search,
    Space,
    Trial,
    Watch,
    bars_of,
    run_search,
    workers,
)
from likely.studies import load, run
from likely.studies.learning import searching, trial_task
from likely.studies.learning.events import read_parts
from likely.studies.learning.searching import searched
from likely.studies.learning.trial_content import space_of
from likely.studies.run_folder import RunFolder

SPACE = Space.of({"x": [0.0, 1.0], "kind": ["a", "b", "c"]})


def seen(search):
    """Return what must be the same whenever a search is made."""
    return [(t.number, t.state, t.value, t.parameters) for t in search.trials]


# --- spaces and samplers -------------------------------------------------------------


@pytest.mark.parametrize(
    ("domain", "distribution"),
    [
        (Range(-2.0, 3.0), stats.uniform(-2, 5)),
        (Range(1e-4, 1e-1, log=True), stats.loguniform(1e-4, 1e-1)),
        (Range(3.0, 9.0, whole=True), stats.randint(3, 10)),
    ],
)
def test_ranges_are_the_quantiles_of_their_distributions(domain, distribution):
    u = (np.arange(1000) + 0.5) / 1000
    values = [domain.at(p) for p in u]
    np.testing.assert_allclose(values, distribution.ppf(u))
    assert domain.corners == (domain.low, domain.high)


def test_whole_logarithmic_ranges_reach_both_ends():
    domain = Range(1.0, 64.0, log=True, whole=True)
    values = [domain.at(u) for u in np.linspace(0, 1, 2001)]
    assert {type(v) for v in values} == {int}
    assert sorted(set(values)) == list(range(1, 65))
    halves = np.mean(np.array(values) < 8)
    assert halves == pytest.approx(math.log(8) / math.log(65), abs=0.01)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ([1e-4, 1e-2, "log"], Range(1e-4, 1e-2, log=True)),
        ([0, 1.0], Range(0, 1)),
        ([1, 5], Range(1, 5, whole=True)),
        ([64, 128, 256], Choices((64, 128, 256))),
        ({"choices": [64, 128]}, Choices((64, 128))),
        ([[50], [100, 100]], Choices(([50], [100, 100]))),
        ([True, False], Choices((True, False))),
        (["adam", "sgd"], Choices(("adam", "sgd"))),
    ],
)
def test_lists_are_ranges_or_choices(given, meant):
    assert Space.of({"option": given}).domains == {"option": meant}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([2, 1], "low < high"),
        ([1, 1], "low < high"),
        ([0, 1, "log"], "positive range"),
        ([1], "at least two choices"),
        (3, "at least two choices"),
        (["a", "a"], "twice"),
        ({"choices": 3}, "at least two choices"),
    ],
)
def test_what_is_neither_is_told(given, words):
    with pytest.raises(LikelyError, match=words) as caught:
        Space.of({"x": given})
    assert "`x`" in str(caught.value)


def test_random_options_are_spread_evenly_and_begin_alike():
    space = Space({"a": Range(0, 1), "b": Range(0, 1)})
    sampler, other = SAMPLERS["random"](space, 3), SAMPLERS["random"](space, 3)
    points = [sampler.suggest(n, [], []) for n in range(256)]
    # Of 256 points of a Sobol sequence one is in each part of an axis, and of a plane.
    for name in ("a", "b"):
        parts = [int(256 * p[name]) for p in points]
        assert sorted(parts) == list(range(256))
    cells = {(int(16 * p["a"]), int(16 * p["b"])) for p in points}
    assert len(cells) == 256
    assert [other.suggest(n, [], []) for n in (5, 200, 3)] == [
        points[n] for n in (5, 200, 3)
    ]
    assert SAMPLERS["random"](space, 4).suggest(0, [], []) != points[0]


def test_a_grid_tries_each_combination_once():
    space = Space.of({"n": [1, 3], "k": ["a", "b"]})
    found = search(space, trials=50, sampler="grid", at=lambda o: o["n"])
    assert len(found.trials) == 6
    assert {(t.parameters["n"], t.parameters["k"]) for t in found.trials} == {
        (n, k) for n in (1, 2, 3) for k in "ab"
    }


def test_tree_parzen_beats_chance():
    space = Space.of({"x": [0.0, 1.0], "y": [1e-4, 1.0, "log"], "z": [1, 100]})

    def far(o):
        x, y, z = o["x"] - 0.3, math.log10(30 * o["y"]) / 4, o["z"] / 100 - 0.6
        return x**2 + 5 * y**2 + z**2

    def best(sampler, seed):
        return search(space, far, trials=50, sampler=sampler, seed=seed).best.value

    found = {s: [best(s, seed) for seed in range(4)] for s in ("tpe", "random")}
    assert np.median(found["tpe"]) < 0.4 * np.median(found["random"])


def search(space, at=cases.bowl, **options):
    return lk.search(at, space.domains, **options)


# --- the course ----------------------------------------------------------------------


class AnyOrder(AbstractPool):
    """A pool whose trials end in an order that has nothing to do with their numbers."""

    def __init__(self, evaluate, room, seed):
        self._room, self._evaluate = room, evaluate
        self._random, self._tasks = np.random.default_rng(seed), []

    @property
    def room(self):
        return self._room

    def start(self, task):
        self._tasks.append(task)

    def finished(self):
        task = self._tasks.pop(self._random.integers(len(self._tasks)))
        return task["number"], self._evaluate(task)


def curve(task):
    """A trial whose loss falls towards the value of the bowl, and may be given up."""
    watch, value = Watch(task["bars"]), cases.bowl(task["parameters"])
    for epoch in range(1, 21):
        if watch(epoch, value + 1 / epoch):
            break
    state = "pruned" if watch.pruned else "complete"
    losses = tuple(watch.losses)
    return {
        "state": state,
        "value": losses[-1],
        "losses": losses,
        "seconds": 0.0,
        "message": "",
    }


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_the_answer_does_not_depend_on_workers_or_on_who_is_first(sampler):
    plan = Plan(SPACE, trials=24, sampler=sampler, seed=5)
    alone = run_search(plan, AnyOrder(curve, 1, 0))
    assert {t.state for t in alone.trials} == {"complete", "pruned"}
    for room, seed in ((2, 0), (4, 1), (100, 2)):
        assert seen(run_search(plan, AnyOrder(curve, room, seed))) == seen(alone)
    other = run_search(replace(plan, seed=6), AnyOrder(curve, 1, 0))
    assert seen(other) != seen(alone)


def test_a_search_that_is_stopped_goes_on_to_the_same_trials(tmp_path):
    plan = Plan(SPACE, trials=16, seed=5, sampler="random")
    whole = run_search(plan, AnyOrder(curve, 1, 0))
    for stop in (1, 7, 15):
        journal, kept = Journal(tmp_path / f"{stop}.json", {"a": 1}), []

        def keep(found, journal=journal, kept=kept, stop=stop):
            journal.write(found)
            kept.append(found)
            if len(kept) == stop:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run_search(plan, AnyOrder(curve, 4, stop), keep=keep)
        earlier = journal.read()
        assert len(earlier.trials) == stop
        rest = []
        found = run_search(
            plan, AnyOrder(curve, 3, 9), earlier=earlier, keep=rest.append
        )
        assert seen(found) == seen(whole)
        assert len(rest) == 16 - stop


def test_a_journal_is_of_one_search(tmp_path):
    file = tmp_path / "trials.json"
    trial = Trial(0, "pruned", 0.5, {"model.hidden": [50]}, 1.0, (0.7, None, 0.5))
    Journal(file, {"seed": 1}).write(Search((trial,), 2.0))
    assert Journal(file, {"seed": 1}).read() == Search((trial,), 2.0)
    assert Journal(tmp_path / "none.json", {}).read() is None
    with pytest.raises(LikelyError, match="another study, data, seed"):
        Journal(file, {"seed": 2}).read()
    whole = file.read_text()
    for damage in (whole[:-20], "[]", whole.replace("pruned", "lost"), "{}"):
        file.write_text(damage)
        with pytest.raises(LikelyError, match="cannot be read as trials"):
            Journal(file, {"seed": 1}).read()


def test_a_trial_is_given_up_above_the_median_of_those_before():
    losses = [(5.0, 4.0, 6.0), (4.0, 3.0, 2.0), (9.0, 8.0, 1.0), (7.0, 3.5)]
    trials = [Trial(i, "complete", x[-1], {}, 0, x) for i, x in enumerate(losses)]
    assert set(bars_of(trials)) == {math.inf}  # of four trials
    trials.append(Trial(4, "pruned", 6.0, {}, 0, (6.0,)))
    trials.append(Trial(5, "failed", None, {}, 0, (0.0, 0.0, 0.0)))
    # Smallest so far: 5 4 4, 4 3 2, 9 8 1, 7 3.5 3.5, 6; at the second epoch of four.
    assert bars_of(trials) == (6.0, math.inf, math.inf)
    trials.append(Trial(6, "complete", 1.0, {}, 0, (None, 1.0)))
    assert bars_of(trials) == (6.5, 3.5, 2.0)
    long = [Trial(i, "complete", 0.0, {}, 0, (1.0,) * 10) for i in range(5)]
    assert bars_of(long) == (math.inf,) * 2 + (1.0,) * 8
    watch = Watch((6.5, 3.5, 2.0))
    assert [watch(1, [6.0, 7.0]), watch(2, math.nan), watch(3, 3.0)] == [0, 1, 1]
    assert watch.pruned
    assert not Watch((1.0,))(2, 100.0)


# --- functions -----------------------------------------------------------------------


def test_a_function_is_searched_and_its_failures_are_trials():
    def moody(options):
        if options["x"] < 0.2:
            raise LikelyError("too small")
        return math.nan if options["x"] < 0.4 else options["x"]

    found = search(SPACE, moody, trials=20, sampler="random")
    assert found.best.value == min(t.parameters["x"] for t in found.trials if t.value)
    messages = {t.message for t in found.trials if t.state == "failed"}
    assert messages == {"too small", "its value is nan."}
    table = str(found).splitlines()
    assert table[0].startswith("20 trials, 7 failed; the best is trial 0, 0.40995: x =")
    assert table[1].split() == ["trial", "state", "value", "seconds", "x", "kind"]
    assert table[3].split()[0] == str(found.best.number)
    with pytest.raises(LikelyError, match="none of the 3 trials .* too small"):
        assert search(Space.of({"x": [0.0, 0.1]}), moody, trials=3).best
    with pytest.raises(ZeroDivisionError):
        search(SPACE, lambda options: 1 / 0, trials=1)


def test_a_training_is_given_up_by_its_watch():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 2))
    data = {k: lk.Samples.of(x, x[:, 0] * 2.0) for k in ("train", "validation")}
    net = lk.nets.linear(2, 1, key=jax.random.key(0))
    epochs = []

    def function(options, watch):
        rule = lk.Adam(options["rate"])
        minimiser = lk.Descent(rule, batch=None, epochs=12, watch=watch)
        loss = lk.losses.SquaredError()
        found = lk.fit(net, data, loss=loss, minimiser=minimiser).minimum
        epochs.append(found.epochs)
        return float(found.validation_loss[-1, 0])

    space = {"rate": [1e-4, 1.0, "log"]}
    found = lk.search(function, space, trials=12, sampler="random")
    pruned = [t.number for t in found.trials if t.state == "pruned"]
    assert pruned
    assert min(pruned) >= 8  # it takes five trials, and three more are under way
    assert [epochs[n] for n in pruned] == [len(found.trials[n].losses) for n in pruned]
    assert all(2 < epochs[n] < 12 for n in pruned)
    assert all(epochs[n] == 12 for n in range(12) if n not in pruned)
    everything = lk.search(function, space, trials=12, sampler="random", prune=False)
    assert everything.best.parameters == found.best.parameters
    with pytest.raises(LikelyError, match="watch"):
        lk.Descent(watch=lambda epochs, losses: True).minimise(None, x[0])


# --- studies -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Return a folder with events of two classes."""
    folder = tmp_path_factory.mktemp("events")
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 2, 600)
    x, y, z = rng.normal(size=(3, 600)) + [[1.0], [0.0], [0.5]] * kind
    lk.write(Dataset.of({"x": x, "y": y, "z": z, "kind": kind}), folder / "events.npz")
    return folder


def study(home, **changed):
    """Return a study whose trials differ in their learning rate only."""
    return {
        "kind": "classify",
        "seed": 3,
        "data": {"file": str(home / "events.npz")},
        "target": {"column": "kind", "classes": ["background", "signal"]},
        "features": {"numeric": ["x", "y"]},
        "model": {"hidden": [8]},
        "fit": {"epochs": 6, "batch": 64, "early_stopping": {"patience": 3}},
        "search": {
            "trials": 6,
            "sampler": "random",
            "space": {"fit.learning_rate": [1e-4, 1e-1, "log"]},
        },
        "report": {"importance": False},
        **changed,
    }


@pytest.fixture(scope="module")
def done(home):
    return run(study(home), out=home / "run")


def test_a_run_searches_and_trains_the_best(home, done):
    folder = home / "run"
    kept = json.loads((folder / "trials.json").read_text())["trials"]
    result = json.loads((folder / "result.json").read_text())
    found = result["search"]
    assert [t["number"] for t in kept] == list(range(6))
    assert [{k: t[k] for k in found["trials"][0]} for t in kept] == found["trials"]
    values = [t["value"] for t in kept]
    assert found["best"] == int(np.argmin(values))
    # The same network, seed and epochs: the training is that of the trial.
    watched = [row[0] for row in result["training"]["validation_loss"]]
    assert min(watched) == min(values)
    assert watched == kept[found["best"]]["losses"]
    assert load(folder / "study.yaml").content.search.trials == 6
    best = load(folder / "best.yaml").content
    assert best.search is None
    assert best.fit.learning_rate == found["parameters"]["fit.learning_rate"]
    assert str(done).startswith("search: 6 trials; the best is trial")
    assert (folder / "figures" / "search.png").exists()


def test_trials_are_judged_by_validation_events_and_never_see_the_test(home, done):
    loaded = load(study(home))
    data = read_parts(loaded)
    without = replace(data, parts={k: data.parts[k] for k in ("train", "validation")})
    found = searched(loaded, without)
    assert seen(found) == seen(done.result.search)


def test_trials_of_one_shape_are_one_program(home, done, monkeypatch):
    events = ("/jax/core/compile/backend_compile_duration",)
    monkeypatch.setattr(runtime, "_COMPILE_EVENTS", events)
    data = read_parts(load(study(home)))
    rates = {"fit.learning_rate": [1e-4, 1e-1, "log"]}
    decay = {"fit.weight_decay": [1e-5, 1e-2, "log"], "model.dropout": [0.1, 0.5]}
    for space in (rates, rates | decay):
        section = {"trials": 6, "sampler": "random", "space": space}
        first, second = (
            load(study(home, search=section | {"seed": seed})) for seed in (7, 8)
        )
        seen_first = seen(searched(first, data))
        with compile_clock() as clock:
            found = searched(second, data)
        assert seen(found) != seen_first
        assert clock.seconds == 0


def test_a_search_that_is_stopped_is_gone_on_with(home, done, tmp_path, monkeypatch):
    loaded = load(study(home))
    data, folder, made = read_parts(loaded), RunFolder(tmp_path), []

    def making(stop):
        def evaluated(study, kept, task):
            if len(made) == stop:
                raise KeyboardInterrupt
            made.append(task["number"])
            return trial_task.evaluated(study, kept, task)

        monkeypatch.setattr(searching, "evaluated", evaluated)

    making(3)
    with pytest.raises(KeyboardInterrupt):
        searched(loaded, data, folder)
    assert len(json.loads((tmp_path / "trials.json").read_text())["trials"]) == 3
    making(None)
    with pytest.raises(LikelyError, match="another study, data, seed"):
        searched(load(study(home), seed=4), data, folder, resume=True)
    again = searched(loaded, data, folder, resume=True)
    assert made == list(range(6))
    assert seen(again) == seen(done.result.search)
    # More trials can be asked for later.
    longer = load(study(home), overrides=["search.trials=7", "title=Longer"])
    more = searched(longer, data, folder, resume=True)
    assert made == list(range(7))
    assert seen(more)[:6] == seen(again)


def test_architectures_and_features_are_options(home):
    space = {
        "model.hidden": [[8], [4]],
        "features.numeric": [["x", "y"], ["x", "z"]],
        "fit.early_stopping.patience": {"choices": [2, 4]},
    }
    changed = {"space": space, "trials": 8, "sampler": "grid"}
    found = lk.search(study(home, search=changed))
    tried = {json.dumps(t.parameters) for t in found.trials}
    assert len(tried) == len(found.trials) == 8
    assert found.ok
    values = {}
    for trial in found.trials:
        options = trial.parameters["model.hidden"], trial.parameters["features.numeric"]
        values.setdefault(str(options), set()).add(trial.value)
    # No trial is so long that patience would matter.
    assert [len(v) for v in values.values()] == [1] * 4
    assert len(set.union(*values.values())) == 4


def test_trials_that_fail_are_told_and_others_go_on(home):
    # A residual network of one hidden layer has nothing to add.
    space = {"model.residual": [True, False]}
    found = lk.search(study(home), space, trials=2, sampler="grid")
    states = {t.parameters["model.residual"]: t.state for t in found.trials}
    assert states == {True: "failed", False: "complete"}
    assert "residual" in next(t.message for t in found.trials if t.message)


def faults(home, *settings):
    try:
        load(study(home), overrides=settings)
    except LikelyError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["search.space={model.dropout: [0, 1]}"], "`model.dropout` must be from 0"),
        (["search.space={model.hiden: [[5], [6]]}"], "did you mean `hidden`"),
        (["search.space={model: {hiden: [[5], [6]]}}"], "did you mean `hidden`"),
        (["search.space={fit.learning_rate: [-1, 1]}"], "must be positive"),
        (["search.space={fit.batch: [0.5, 0.7]}"], "whole number"),
        (
            ["search.space={fit.minimiser: [adam, sgd], fit.momentum: [0.5, 0.9]}"],
            'with fit.minimiser = "adam", fit.momentum = 0.5: `fit.momentum`',
        ),
        (["search.space={features.numeric: [[x], [w]]}"], "names `w`, which is no"),
        (["search.space={fit.label_smoothing: [0.0, 0.1]}"], "validation loss"),
        (["search.space={fit.seed: [0, 9]}"], "is the same in all trials"),
        (["search.space={split.train: [0.1, 0.5]}"], "model, fit or features"),
        (["search.space={fit.epochs: [2, 5]}", "search.epochs=3"], "take one of"),
        (["search.space={}"], "must map options"),
        (["search.space={fit.batch: [5, 4]}"], "low < high"),
        (["search.sampler=grid"], "is a range"),
        (["search.sampler=tpi"], "did you mean `tpe`"),
        (["search.trials=0"], "between 1 and 10000"),
        (["fit.folds=3"], "search with `folds: 1`"),
        (
            ["split={train: 0.8, validation: 0, test: 0.2}", "fit.early_stopping=null"],
            "`split.validation` is 0",
        ),
    ],
)
def test_a_search_that_cannot_be_is_told_before_it_begins(home, settings, words):
    assert words in faults(home, *settings)


def test_the_grammar_says_where_numbers_are_whole(home):
    space = "{model.dropout: [0, 0.5], fit.batch: [16, 64, log], fit.clip: [1, 10]}"
    content = load(study(home), overrides=[f"search.space={space}"]).content
    assert space_of(content).domains == {
        "model.dropout": Range(0.0, 0.5),
        "fit.batch": Range(16.0, 64.0, log=True, whole=True),
        "fit.clip": Range(1.0, 10.0),
    }
    content = load(
        study(home),
        overrides=[
            "fit.early_stopping=null",
            "search.space={fit.early_stopping.patience: [2, 4]}",
        ],
    ).content
    assert space_of(content).domains["fit.early_stopping.patience"].whole


@pytest.mark.parametrize(
    ("space", "options", "words"),
    [
        ({"x": [1, 10**400]}, {}, "a range with finite ends"),
        ({"x": [0.0, math.inf]}, {}, "a range with finite ends"),
        ({"x": [np.zeros(2), np.ones(2)]}, {}, "choices that can be compared"),
        ({"x": ["a", "a"]}, {}, "twice; leave one out"),
        ({"x": [0, 1]}, {"seed": -1}, "`seed` must be a whole number >= 0; got -1"),
        ({"x": [0, 1]}, {"trials": 10_001}, "`trials` must be at most 10000"),
    ],
    ids=str,
)
def test_a_wrong_search_of_a_function_is_told_in_words(space, options, words):
    with pytest.raises(LikelyError, match=words):
        lk.search(cases.bowl, space, **options)


def test_whole_numbers_of_numpy_are_a_range():
    assert Space.of({"x": [np.int64(1), np.int64(9)]}).domains["x"].whole


@pytest.mark.parametrize("returned", [None, "one", np.zeros(2)], ids=str)
def test_a_function_that_returns_no_number_has_failed(returned):
    found = lk.search(lambda options: returned, SPACE.domains, trials=2)
    assert not found.ok
    with pytest.raises(LikelyError, match="must return the number that is to be small"):
        _ = found.best


def test_extras_are_named_where_they_are_missing(home, monkeypatch):
    tree_parzen = importlib.import_module("likely.methods.search.tree_parzen")
    for module in (tree_parzen, workers):
        monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert "likely[tune]" in faults(home, "search.sampler=tpe", "search.trials=11")
    assert not faults(home, "search.sampler=tpe", "search.trials=10")
    with pytest.raises(LikelyError, match=r"likely\[dask\]"):
        lk.search(cases.bowl, SPACE.domains, trials=2, workers=2)


def test_what_workers_are_is_checked_first(home, capsys):
    for words, sentence in (
        (["higgs-categories", "--workers", "0"], "must be 1 or more"),
        (["higgs-categories", "--workers", "1", "--scheduler", "x"], "give one"),
        (["dimuon-z", "--workers", "2"], "the study has none"),
    ):
        assert main(["run", *words, "--out", str(home / "never")]) == 2
        assert sentence in capsys.readouterr().err
    assert not (home / "never").exists()
    for address in ("tcp://127.0.0.1:1", "none.json", "nowhere"):
        with pytest.raises(LikelyError, match="no Dask scheduler answers"):
            lk.search(cases.bowl, SPACE.domains, trials=2, workers=address)


# --- workers -------------------------------------------------------------------------


def test_a_killed_worker_loses_no_trial_and_changes_nothing(tmp_path):
    options = {"trials": 10, "sampler": "random", "seed": 3}
    alone = search(SPACE, **options)
    # Through an address, as a cluster has one.
    with workers._quiet(), workers._processes(2) as cluster:
        address = cluster.scheduler_address
        there = search(SPACE, cases.slow_bowl, workers=address, **options)
        mortal = cases.MortalBowl(str(tmp_path))
        killed = search(SPACE, mortal, workers=address, **options)
    assert seen(there) == seen(alone)
    died = int((tmp_path / "killed").read_text())
    assert died != os.getpid()
    assert seen(killed) == seen(alone)


@pytest.mark.slow
def test_a_study_has_the_same_answer_on_workers_that_are_killed(home, tmp_path):
    loaded = load(
        study(home),
        overrides=["fit.epochs=150", "fit.early_stopping=null", "search.trials=8"],
    )
    data, killed = read_parts(loaded), []

    def kill():
        while not (tmp_path / "trials.json").exists():
            time.sleep(0.02)
        psutil = importlib.import_module("psutil")
        for child in psutil.Process().children(recursive=True):
            if "spawn_main" in " ".join(child.cmdline()):
                killed.append(child.pid)
                child.send_signal(signal.SIGKILL)
                return

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    there = searched(loaded, data, RunFolder(tmp_path), workers=2)
    killer.join(10)
    assert killed
    assert seen(there) == seen(searched(loaded, data))


@pytest.mark.slow
def test_a_killed_search_goes_on_to_the_same_result(home, done, tmp_path):
    text = json.dumps(study(home))
    (tmp_path / "study.yaml").write_text(text)
    command = "import sys; from likely.cli.main import main; sys.exit(main())"
    words = [sys.executable, "-c", command, "run", "study.yaml", "--out", "out"]
    process = subprocess.Popen(words, cwd=tmp_path)
    trials = tmp_path / "out" / "trials.json"
    while not trials.exists():
        time.sleep(0.02)
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    found = json.loads(trials.read_text())["trials"]
    assert len(found) < 6
    subprocess.run([*words, "--resume"], cwd=tmp_path, check=True)
    kept = json.loads(trials.read_text())["trials"]
    assert kept[: len(found)] == found
    assert [t["value"] for t in kept] == [t.value for t in done.result.search.trials]
