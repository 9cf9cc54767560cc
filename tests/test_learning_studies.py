"""Studies of kind classify and regress: from a file of events to predictions."""

import importlib
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import yaml
from safetensors import safe_open

import likely as lk
from likely.cli.main import main
from likely.core import LikelyError
from likely.core.listener import use_progress
from likely.methods import evaluate, load_predictor
from likely.studies import check, load, predict, run
from likely.studies.learning.events import read_parts
from likely.studies.learning.training import trained

FIT = {"epochs": 8, "batch": 64, "learning_rate": 1e-2}
SMALL = {"net": "mlp", "hidden": [16]}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Return a folder with events of two classes, and of a measured energy."""
    folder = tmp_path_factory.mktemp("events")
    rng = np.random.default_rng(0)
    n = 2000
    kind = rng.integers(0, 2, n)
    x, y = rng.normal(size=n) + 1.5 * kind, rng.normal(size=n)
    energy = 50 + 10 * x + 3 * y**2 + rng.normal(size=n)
    columns = {"x": x, "y": y, "kind": kind, "energy": energy, "w": rng.random(n)}
    columns |= {"charge": rng.choice([-1.0, 1.0], n), "event": np.arange(n)}
    lk.write(lk.Dataset.of(columns), folder / "events.parquet")
    for value, name in ((0, "background"), (1, "signal")):
        part = lk.Dataset.of({k: v[kind == value] for k, v in columns.items()})
        lk.write(part, folder / f"{name}.parquet")
    return folder


def classify_study(home, **changed):
    return {
        "kind": "classify",
        "seed": 3,
        "data": {"file": str(home / "events.parquet"), "units": {"x": "GeV"}},
        "target": {"column": "kind", "classes": ["background", "signal"]},
        "features": {"numeric": ["x", "y"], "categorical": ["charge"]},
        "model": SMALL,
        "fit": FIT,
        "report": {"importance": False},
        **changed,
    }


def regress_study(home, **changed):
    return {
        "kind": "regress",
        "data": {"file": str(home / "events.parquet"), "units": {"energy": "GeV"}},
        "target": {"column": "energy"},
        "features": {"numeric": ["x", "y"]},
        "model": SMALL,
        "fit": {**FIT, "epochs": 40, "clip": 1.0},
        **changed,
    }


@pytest.fixture(scope="module")
def classified(home):
    return run(classify_study(home), out=home / "run")


def test_a_run_leaves_everything(home, classified):
    folder = home / "run"
    assert classified.ok
    assert {f.name for f in folder.iterdir()} == {
        "report.html", "result.json", "figures", "study.yaml", "log.txt",
        "model.json", "model.safetensors", "metrics.csv",
    }  # fmt: skip
    result = json.loads((folder / "result.json").read_text())
    assert result["status"]["ok"]
    assert result["n_events"] == 1200
    # The exact classifier reaches Phi(1.5 / sqrt 2).
    auc = result["evaluation"]["classes"]["signal"]["roc"]["auc"]
    assert auc == pytest.approx(0.856, abs=0.04)
    assert result["provenance"]["data"][0]["events_read"] == 2000
    page = (folder / "report.html").read_text()
    assert "signal" in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_the_resolved_study_gives_the_same_weights(home, classified, tmp_path):
    again = run(home / "run" / "study.yaml", out=tmp_path / "again")
    first = (home / "run" / "model.safetensors").read_bytes()
    assert (tmp_path / "again" / "model.safetensors").read_bytes() == first
    assert again.result.message == classified.result.message


@pytest.mark.parametrize("ending", ["parquet", "root"])
def test_predictions_are_those_of_the_model(home, classified, tmp_path, ending):
    out = tmp_path / f"scores.{ending}"
    done = predict(home / "run", home / "events.parquet", out)
    assert done.names == ("p_background", "p_signal")
    table = lk.read(out)
    data = lk.read(home / "events.parquet", units={"x": "GeV"})
    p = load_predictor(home / "run")(data)
    np.testing.assert_allclose(table["p_signal"], p[:, 1], rtol=1e-6)
    np.testing.assert_allclose(table["p_signal"] + table["p_background"], 1, rtol=1e-6)
    np.testing.assert_array_equal(table["event"], np.arange(2000))
    test = classified.result.found.scores("test")
    assert 0.7 < np.mean(test.probabilities.argmax(axis=1) == test.labels)


def test_new_data_that_differ_are_refused(home, classified, tmp_path):
    out, good = tmp_path / "s.parquet", home / "events.parquet"
    with pytest.raises(LikelyError, match="is in MeV, and was in GeV"):
        predict(home / "run", good, out, units={"x": "MeV"})
    data = lk.read(good)
    lacking = {k: v for k, v in data.columns.items() if k != "y"}
    lk.write(lk.Dataset.of(lacking), tmp_path / "lacking.parquet")
    with pytest.raises(LikelyError, match="no column `y`"):
        predict(home / "run", tmp_path / "lacking.parquet", out)
    odd = {**data.columns, "charge": np.where(data["event"] == 5, 2.0, data["charge"])}
    lk.write(lk.Dataset.of(odd), tmp_path / "odd.parquet")
    with pytest.raises(LikelyError, match="`charge` is 2 in 1 events"):
        predict(home / "run", tmp_path / "odd.parquet", out)
    taken = {**data.columns, "p_signal": data["x"]}
    lk.write(lk.Dataset.of(taken), tmp_path / "taken.parquet")
    with pytest.raises(LikelyError, match="column `p_signal` already"):
        predict(home / "run", tmp_path / "taken.parquet", out)
    with pytest.raises(LikelyError, match="cannot be read as a trained model"):
        predict(tmp_path, good, out)
    assert not out.exists()


def test_select_and_define_go_with_the_model(home, tmp_path):
    study = classify_study(home)
    study["data"] |= {"define": {"r": "sqrt(x * x + y * y)"}, "select": "r > 0.5"}
    study["features"] = {"numeric": ["x", "y", "r"]}
    done = run(study, out=tmp_path / "run")
    assert done.ok
    out = tmp_path / "s.parquet"
    kept = predict(tmp_path / "run", home / "events.parquet", out)
    data = lk.read(home / "events.parquet")
    passing = np.sqrt(data["x"] ** 2 + data["y"] ** 2) > 0.5
    assert len(kept.events) == passing.sum()
    assert kept.left_out == np.sum(~passing)
    everything = predict(
        tmp_path / "run", home / "events.parquet", out, everything=True
    )
    assert len(everything.events) == 2000
    np.testing.assert_allclose(
        everything.events["p_signal"][passing], kept.events["p_signal"], rtol=1e-6
    )


def trained_by(study):
    """Return what a study trains, without writing or drawing anything."""
    loaded = load(study)
    return trained(loaded, read_parts(loaded))


def test_classes_may_be_files(home):
    study = classify_study(home)
    del study["data"], study["target"]
    study["datasets"] = {
        "background": {"file": str(home / "background.parquet")},
        "signal": {"file": str(home / "signal.parquet"), "weight": "w"},
    }
    found = trained_by(study)
    assert found.labels.classes == ("background", "signal")
    scores = found.scores("test")
    assert np.all(scores.weights[scores.labels == 0] == 1)
    judged = evaluate(found, importance=False)
    assert judged.curves["signal"].auc == pytest.approx(0.856, abs=0.04)


def test_folds_judge_every_event_by_who_has_not_seen_it(home):
    found = trained_by(classify_study(home, fit={**FIT, "folds": 3}))
    assert len(found.scores("test").labels) == 2000
    judged = evaluate(found, importance=False)
    assert judged.curves["signal"].auc == pytest.approx(0.856, abs=0.03)
    members = found.predictor.members(found.parts["test"])
    row = 17
    alone = members[found.fold[row], row]
    np.testing.assert_allclose(found.scores("test").probabilities[row], alone)


def test_regression_learns_the_resolution(home, tmp_path):
    done = run(regress_study(home), out=tmp_path / "run")
    assert done.ok, done.message
    judged = done.result.evaluation
    # The energy is smeared by one unit, which no model can undo.
    assert 0.9 < judged.numbers["RMSE"].value < 2.5
    out = tmp_path / "p.parquet"
    table = predict(tmp_path / "run", home / "events.parquet", out).events
    pulls = (table["energy"] - table["energy_predicted"]) / table["energy_sigma"]
    assert 0.8 < pulls.std() < 1.25


@pytest.mark.parametrize(
    "target",
    [
        {"loss": "squared_error"},
        {"loss": "huber", "delta": 2.0},
        {"loss": "quantile", "levels": [0.1, 0.5, 0.9]},
        {"loss": "gaussian", "sigma": 1.0},
    ],
    ids=lambda t: t["loss"],
)
def test_every_loss_of_a_regression(home, target):
    study = regress_study(home, target={"column": "energy", **target})
    study["fit"] = {**FIT, "epochs": 25}
    found = trained_by(study)
    assert found.result.ok, found.result.message
    p = found.predictions("test")
    truth = found.parts["test"]["energy"]
    middle = p[:, 1] if p.ndim == 2 else p
    assert np.corrcoef(middle, truth)[0, 1] > 0.95
    if target["loss"] == "quantile":
        below = (truth[:, None] < p).mean(axis=0)
        np.testing.assert_allclose(below, [0.1, 0.5, 0.9], atol=0.12)


class Stopped(Exception):
    pass


def stopping_after(epochs):
    from contextlib import contextmanager

    @contextmanager
    def listen(label, total):
        done = 0

        def advance(text=""):
            nonlocal done
            done += 1
            if label == "training" and done == epochs:
                raise Stopped

        yield advance

    return listen


def test_resume_gives_the_same_weights(home, classified, tmp_path, monkeypatch):
    # `likely.fit` is the function to whoever asks the package for it.
    training = importlib.import_module("likely.fit.learning.training")
    monkeypatch.setattr(training, "PATIENCE", 0.0)
    study = classify_study(home)
    folder = tmp_path / "run"
    with pytest.raises(Stopped), use_progress(stopping_after(2)):
        run(study, out=folder)
    assert (folder / "checkpoint.safetensors").exists()
    assert not (folder / "result.json").exists()
    run(study, out=folder, resume=True)
    assert not (folder / "checkpoint.safetensors").exists()
    first = (home / "run" / "model.safetensors").read_bytes()
    assert (folder / "model.safetensors").read_bytes() == first


def test_a_killed_run_goes_on(home, tmp_path):
    study = classify_study(home, fit={"epochs": 4000, "early_stopping": None})
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study))
    code = "import sys; from likely.cli.main import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "run", "study.yaml", "--out", "run"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL)
    file = tmp_path / "run" / "checkpoint.safetensors"
    for _ in range(600):
        if file.exists():
            break
        time.sleep(0.1)
    time.sleep(0.5)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert file.exists()
    assert not (tmp_path / "run" / "result.json").exists()
    metrics = tmp_path / "run" / "metrics.csv"
    lines = metrics.read_text().splitlines()
    # Nothing of what was learnt is lost: the file is whole, and training goes on.
    with safe_open(file, "numpy") as kept:
        before = len(json.loads(kept.metadata()["course"])["seconds"])
    assert before > 0
    with pytest.raises(Stopped), use_progress(stopping_after(before + 3)):
        run(tmp_path / "run" / "study.yaml", out=tmp_path / "run", resume=True)
    # Epochs that the checkpoint had not were made again, and are written once.
    again = metrics.read_text().splitlines()
    assert [int(line.split(",")[0]) for line in again[1:]] == [*range(1, before + 4)]
    assert again[: before + 1] == lines[: before + 1]


FAULTS = [
    ({"target": {"column": "kidn", "classes": ["a", "b"]}}, "did you mean `kind`"),
    ({"target": {"column": "kind", "classes": ["a"]}}, "at least two"),
    ({"target": {"column": "event", "classes": ["a", "b"]}}, "is 2, 3, 4, 5"),
    ({"features": {"numeric": ["x", "kind"]}}, "which is the target"),
    ({"features": {"numeric": ["z*"]}}, "matches no column"),
    ({"features": {"numeric": []}}, "needs columns"),
    ({"features": {"numeric": ["x"], "missing": "mean"}}, "missing numbers"),
    ({"split": {"train": 0.9, "validation": 0.2, "test": 0.1}}, "sum to 1"),
    ({"split": {"train": 0.8, "validation": 0.0, "test": 0.2}}, "early_stopping"),
    ({"model": {"net": "mpl"}}, "did you mean `mlp`"),
    ({"model": {"net": "linear", "hidden": [3]}}, "is an option of `net: mlp`"),
    ({"model": {"hidden": [0]}}, "widths from 1"),
    ({"fit": {"learning_rate": -1}}, "positive"),
    ({"fit": {"minimiser": "newton"}}, "minimiser"),
    ({"fit": {"folds": 2, "ensemble": 2}}, "take one"),
    ({"fit": {"momentum": 0.9}}, "is an option of"),
    ({"fit": {"batch": 0}}, "between 1"),
    ({"report": {"working_points": [0.5, 2]}}, "efficiencies"),
    ({"search": {"space": {"kind": [1, 2]}}}, "keys of model"),
]


@pytest.mark.parametrize(("changed", "words"), FAULTS, ids=lambda f: str(f)[:40])
def test_a_wrong_study_is_told_in_words(home, changed, words):
    with pytest.raises(LikelyError, match=words.replace("[", r"\[")):
        check(classify_study(home, **changed))


NO_VALIDATION = {"train": 0.8, "validation": 0, "test": 0.2}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"split": NO_VALIDATION}, "`split.validation` is 0; give it a part"),
        ({"fit": {"balanced": True}}, "`fit.balanced` is an option of `kind: cl"),
        ({"fit": {"label_smoothing": 0.1}}, "`fit.label_smoothing` is an option"),
        ({"target": {"column": "energy", "sigma": -1}}, "must be positive"),
    ],
    ids=str,
)
def test_a_wrong_regression_is_told_before_it_is_run(home, changed, words):
    with pytest.raises(LikelyError, match=words):
        check(regress_study(home, **changed))


def test_a_regression_whose_loss_runs_away_is_a_result(home, tmp_path):
    fit = {"epochs": 2, "learning_rate": 1e15, "minimiser": "sgd"}
    target = {"column": "energy", "loss": "squared_error"}
    done = run(regress_study(home, fit=fit, target=target), out=tmp_path / "run")
    assert not done.ok
    kept = json.loads((tmp_path / "run" / "result.json").read_text())
    assert "no longer finite" in kept["status"]["message"]
    assert kept["training"]["validation_loss"][0] == [None]


def test_ten_events_and_classes_without_training(home, tmp_path):
    columns = {"x": np.arange(10.0), "kind": np.array([0] * 9 + [1])}
    lk.write(lk.Dataset.of(columns), tmp_path / "ten.parquet")
    study = classify_study(home, data={"file": str(tmp_path / "ten.parquet")})
    study["features"] = {"numeric": ["x"]}
    with pytest.raises(LikelyError, match=r"class `signal` has no event|no event"):
        run(study | {"seed": 1}, out=tmp_path / "run")
    columns["kind"] = np.arange(10) % 2
    lk.write(lk.Dataset.of(columns), tmp_path / "ten.parquet")
    assert trained_by(study).result.n_events == 6


def test_missing_numbers_have_a_policy(home, tmp_path):
    data = lk.read(home / "events.parquet")
    x = np.where(data["event"] % 10 == 0, np.nan, data["x"])
    lk.write(lk.Dataset.of({**data.columns, "x": x}), tmp_path / "holes.parquet")
    study = classify_study(home, data={"file": str(tmp_path / "holes.parquet")})
    with pytest.raises(LikelyError, match=r"column `x` is nan in 1\d\d of 1200"):
        check(study)
    for missing, inputs in (("median", 4), ("mask", 5)):
        study["features"] = {**study["features"], "missing": missing}
        found = check(study)
        assert found.data.features.size == inputs
    found = trained_by(study)
    assert np.isfinite(found.scores("test").probabilities).all()


def test_the_command_line(home, classified, tmp_path, capsys):
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(classify_study(home)))
    assert main(["check", str(tmp_path / "s.yaml")]) == 0
    assert "train      1200 events: background" in capsys.readouterr().out
    events, out = str(home / "events.parquet"), str(tmp_path / "scores.root")
    assert main(["predict", str(home / "run"), events, "--out", out]) == 0
    assert "written" in capsys.readouterr().out
    bad = ["predict", str(home / "run"), events, "--out", out, "--unit", "x=MeV"]
    assert main(bad) == 2
    assert "MeV" in capsys.readouterr().err
    for kind in ("classify", "regress"):
        assert main(["new", kind, "--out", str(tmp_path / f"{kind}.yaml")]) == 0
        assert main(["check", str(tmp_path / f"{kind}.yaml")]) == 0


def test_the_bundled_study_is_checked_without_jax():
    code = (
        "import sys; from likely.cli.main import main; "
        "assert main(['check', 'higgs-categories']) == 0; "
        "assert 'jax' not in sys.modules and 'matplotlib' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
