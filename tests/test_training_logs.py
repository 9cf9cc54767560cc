"""Logs of trainings: a table that grows, TensorBoard, MLflow; none may cost a fit."""

import csv
import importlib
import json
import os
import resource
import signal
import struct
import subprocess
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import learning_cases as cases
import numpy as np
import pytest
import yaml
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import likely as lk
from likely.core import LikelyError
from likely.fit.logs import AbstractLog, Epoch, Logs, MetricsFile, TensorBoard
from likely.studies import check, load, run
from likely.studies.learning.logs import logs_of
from likely.studies.learning.trial_task import told
from likely.studies.run_folder import RunFolder

EPOCHS = 4


def epoch(number, *losses, seconds=0.5):
    """Return an epoch of as many members as losses; nan of one that has stopped."""
    loss = np.array(losses, float)
    return Epoch(number, loss, loss + 1, loss * 0 + 2, loss * 0 + 1e-3, seconds)


def course(epochs, members=1):
    """Return the course of a training, as logs follow it."""
    rows = [np.full((4, members), float(i)) for i in range(epochs)]
    return SimpleNamespace(
        rows=rows, seconds=[0.5] * epochs, diverged=np.full(members, -1)
    )


def trained(log, model=None, **options):
    data = {"train": cases.samples(), "validation": cases.samples(cases.WATCHED, 1)}
    minimiser = lk.Descent(
        lk.Adam(1e-2), **{"batch": 16, "epochs": EPOCHS, "log": log, **options}
    )
    model = cases.ensemble(2) if model is None else model
    return lk.fit(model, data, loss=lk.losses.Bernoulli(), minimiser=minimiser)


def table(file):
    with file.open(newline="") as stream:
        return list(csv.DictReader(stream))


# The format of events: https://www.tensorflow.org/tutorials/load_data/tfrecord and
# tensorflow/core/util/event.proto, read here without any package.
def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(content):
    while content:
        (size,) = struct.unpack("<Q", content[:8])
        data = content[12 : 12 + size]
        sums = struct.unpack("<I", content[8:12]), content[12 + size : 16 + size]
        assert sums[0][0] == masked(content[:8])
        assert struct.unpack("<I", sums[1])[0] == masked(data)
        yield data
        content = content[16 + size :]


def fields(message):
    """Yield number and value of each field of a message of protobuf."""

    def varint():
        nonlocal message
        value = shift = 0
        while True:
            byte, message = message[0], message[1:]
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while message:
        key = varint()
        kind = key & 7
        if kind == 0:
            yield key >> 3, varint()
            continue
        size = {1: 8, 5: 4}[kind] if kind != 2 else varint()
        value, message = message[:size], message[size:]
        yield key >> 3, value


def curves(folder):
    """Return the points of each tag in the event files of a folder."""
    found = {}
    for file in sorted(folder.glob("*tfevents*"), key=lambda f: len(f.name)):
        for record in records(file.read_bytes()):
            event = dict(fields(record))
            if 3 in event:
                assert event[3] == b"brain.Event:2"
            for _, value in fields(event.get(5, b"")):
                point = dict(fields(value))
                number = struct.unpack("<f", point[2])[0]
                found.setdefault(point[1].decode(), []).append((event[2], number))
    return found


def test_a_known_checksum():
    # RFC 3720, B.4: 32 bytes of zeros.
    assert crc32c(bytes(32)) == 0x8A9136AA


def test_the_table_has_what_the_training_had(tmp_path):
    training = trained(MetricsFile(tmp_path / "metrics.csv")).minimum
    lines = table(tmp_path / "metrics.csv")
    assert [(int(i["epoch"]), int(i["member"])) for i in lines] == [
        (e + 1, m) for e in range(EPOCHS) for m in range(2)
    ]
    for name in ("training_loss", "validation_loss", "gradient_norm", "learning_rate"):
        told = np.array([float(line[name]) for line in lines]).reshape(EPOCHS, 2)
        np.testing.assert_allclose(told, getattr(training, name), rtol=1e-7)


def test_each_epoch_is_there_at_once(tmp_path):
    file = tmp_path / "metrics.csv"
    seen = []

    def watch(epochs, _):
        seen.append((epochs, len(file.read_text().splitlines())))
        return False

    trained(MetricsFile(file), watch=watch)
    assert seen == [(e, 1 + 2 * e) for e in range(1, EPOCHS + 1)]


def test_a_table_is_made_anew(tmp_path):
    log = MetricsFile(tmp_path / "metrics.csv")
    log.begin([])
    log.note(epoch(1, 3.0))
    log.end(ok=True)
    log.begin([epoch(1, 7.0), epoch(2, np.nan, 8.0)])
    log.end(ok=True)
    assert log.file.read_text() == (
        "epoch,member,training_loss,validation_loss,gradient_norm,learning_rate,"
        "seconds\n1,0,7,8,2,0.001,0.5\n2,1,8,9,2,0.001,0.5\n"
    )


def test_what_is_not_known_is_empty(tmp_path):
    log = MetricsFile(tmp_path / "metrics.csv")
    log.begin([])
    unwatched = replace(epoch(1, 3.0), validation_loss=np.array([np.nan]))
    log.note(unwatched)
    log.end(ok=True)
    assert table(log.file)[0]["validation_loss"] == ""
    assert "validation_loss" not in unwatched.curves


def test_a_training_that_runs_away_has_a_last_line(tmp_path):
    log = MetricsFile(tmp_path / "metrics.csv")
    log.begin([])
    log.note(replace(epoch(1, np.nan), learning_rate=np.array([9.0])))
    log.end(ok=False)
    assert lines_of(log.file)[1] == ["1", "0", "", "", "", "9", "0.5"]


def test_a_curve_of_several_members_is_their_mean():
    found = epoch(3, 1.0, np.nan, 5.0).curves
    assert found["training_loss"] == 3.0
    assert found["member-2/training_loss"] == 5.0
    assert "member-1/training_loss" not in found
    assert "member-0/training_loss" not in epoch(3, 1.0).curves


def test_tensorboard_has_what_the_training_had(tmp_path):
    training = trained(TensorBoard(tmp_path / "tb")).minimum
    found = curves(tmp_path / "tb")
    each = found["member-1/validation_loss"]
    assert [step for step, _ in each] == [1, 2, 3, 4]
    losses = training.validation_loss
    np.testing.assert_allclose([v for _, v in each], losses[:, 1], rtol=1e-6)
    mean = [v for _, v in found["training_loss"]]
    np.testing.assert_allclose(mean, training.training_loss.mean(1), rtol=1e-6)


def test_tensorboard_shows_the_same(tmp_path):
    log = TensorBoard(tmp_path)
    log.begin([epoch(1, 3.0), epoch(2, 2.0)])
    log.note(epoch(3, 1.0))
    log.end(ok=True)
    log.conclude({"test/auc/H": 0.75}, None)
    shown = EventAccumulator(str(tmp_path))
    shown.Reload()
    points = [(e.step, e.value) for e in shown.Scalars("training_loss")]
    assert points == [(1, 3.0), (2, 2.0), (3, 1.0)]
    assert shown.Scalars("test/auc/H")[0].value == 0.75


def test_event_files_of_others_stay(tmp_path):
    other = tmp_path / "events.out.tfevents.1.torch"
    other.write_bytes(b"")
    for loss in (5.0, 7.0):
        log = TensorBoard(tmp_path)
        log.begin([epoch(1, loss)])
        log.end(ok=True)
        log.conclude({"test/x": loss}, None)
    assert other.exists()
    found = curves(tmp_path)
    assert found["training_loss"] == [(1, 7.0)]
    assert found["test/x"] == [(1, 7.0)]


class Failing(AbstractLog):
    """Fails where it is told to, and keeps what it was told."""

    def __init__(self, *, at=None, times=1):
        self.at, self.times = at, times
        self.told = []

    def _fail(self, what):
        if what == self.at and self.times:
            self.times -= 1
            raise ConnectionError("the server is gone")

    def begin(self, earlier):
        if self.at == "begin":
            raise LikelyError("no such place")
        self._fail("again" if self.told else "first")
        self.told = ["begin", *(e.number for e in earlier)]

    def note(self, epoch):
        if epoch.number == 2:
            self._fail("note")
        self.told.append(epoch.number)
        if epoch.number == 2 and self.at == "again":
            raise OSError("no space left on device")

    def end(self, *, ok):
        self._fail("end")
        self.told.append("ok" if ok else "not ok")

    def conclude(self, values, folder):
        self._fail("conclude")
        self.told.append(dict(values))


def test_a_log_that_fails_in_the_middle_costs_nothing():
    broken, sound = Failing(at="note"), Failing()
    result = trained([broken, sound])
    assert result.ok
    assert result.status.notes == trained(None).status.notes
    # It is told again at the end.
    assert broken.told == ["begin", 1, 2, 3, 4, "ok"] == sound.told


def test_a_log_that_stays_broken_is_a_note_of_the_result():
    plain = trained(None)
    result = trained(Failing(at="again", times=9))
    assert result.ok
    assert result.history == plain.history
    failure = "the log Failing failed in epoch 2: no space left on device."
    assert set(result.status.notes) - set(plain.status.notes) == {failure}


def test_a_log_that_fails_at_the_end_is_a_note_of_the_result():
    result = trained(Failing(at="end"))
    assert "at the end of the training: the server is gone" in result.status.notes[-1]


def test_a_log_that_cannot_begin_is_told_before_the_training():
    first = Failing()
    with pytest.raises(LikelyError, match="no such place"):
        trained([first, Failing(at="begin")], watch=lambda *_: pytest.fail("trained"))
    assert first.told == ["begin", "not ok"]


def test_a_full_disk_is_an_error_of_the_table(tmp_path):
    log = MetricsFile(tmp_path / "metrics.csv")
    log.begin([])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            log.note(epoch(1, 3.0, 4.0))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    log.begin([epoch(1, 3.0, 4.0)])
    log.end(ok=True)
    assert len(table(log.file)) == 2


def test_a_full_disk_is_an_error_of_tensorboard(tmp_path):
    log = TensorBoard(tmp_path)
    log.begin([])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            log.note(epoch(1, 3.0))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    log.begin([epoch(1, 3.0)])
    log.end(ok=True)
    assert curves(tmp_path)["training_loss"] == [(1, 3.0)]


def test_a_training_that_is_stopped_ends_its_logs():
    log = Failing()
    with pytest.raises(ZeroDivisionError):
        trained(log, watch=lambda *_: 1 / 0)
    assert log.told == ["begin", 1, "not ok"]


def test_a_training_that_runs_away_is_not_ok():
    log = Failing()
    logs, gone = Logs(log), course(2)
    with logs.following(gone):
        gone.diverged[0] = 1
    assert log.told == ["begin", 1, 2, "not ok"]
    logs.conclude({"x": 1.0})
    assert log.told[-1] == {"x": 1.0}


def test_a_model_without_epochs_is_told_too():
    log = Failing()
    Logs(log).conclude({"x": 1.0})
    assert log.told == ["begin", "ok", {"x": 1.0}]


def test_a_checkpoint_has_each_epoch_once(tmp_path):
    log = MetricsFile(tmp_path / "metrics.csv")
    whole = trained(log).minimum
    expected = [line[:-1] for line in lines_of(log.file)]
    checkpoint = tmp_path / "state.safetensors"

    def killed(epochs, _):
        if epochs == 3:
            # What a kill leaves: more lines than the checkpoint has, the last one torn.
            raise KeyboardInterrupt
        return False

    model = importlib.import_module("likely.fit.learning.training")
    patience, model.PATIENCE = model.PATIENCE, 0.0
    try:
        with pytest.raises(KeyboardInterrupt):
            trained(log, checkpoint=checkpoint, watch=killed)
        with log.file.open("a") as file:
            file.write("4,0,0.1")
        again = Failing()
        trained([log, again], checkpoint=checkpoint)
    finally:
        model.PATIENCE = patience
    assert [line[:-1] for line in lines_of(log.file)] == expected
    assert again.told == ["begin", 1, 2, 3, 4, "ok"]
    assert whole.epochs == EPOCHS


def lines_of(file):
    with file.open(newline="") as stream:
        return list(csv.reader(stream))


@pytest.mark.parametrize(
    ("given", "said"), [("metrics.csv", "got str"), ([1], "got int")]
)
def test_what_is_no_log_is_refused(given, said):
    with pytest.raises(LikelyError, match=f"`log` must be a log.*{said}"):
        lk.Descent(log=given)


def test_parameters_of_a_density_are_not_logged(tmp_path):
    minimiser = lk.Descent(log=MetricsFile(tmp_path / "metrics.csv"))
    with pytest.raises(LikelyError, match=r"`Descent\(log=...\)` is for networks"):
        minimiser.minimise(None, np.zeros(1))


def test_minimisers_without_logs_are_equal():
    assert lk.Descent().log is lk.Descent(epochs=3).log


def without_packages(monkeypatch):
    # `likely.fit` is the function to whoever asks the package for it.
    module = importlib.import_module("likely.fit.logs.packages")
    monkeypatch.setattr(module, "find_spec", lambda _: None)


@pytest.mark.parametrize(
    ("make", "extra"),
    [(lk.logs.TensorBoard, "tensorboard"), (lk.logs.MLflow, "mlflow")],
)
def test_a_missing_package_is_named(make, extra, monkeypatch):
    without_packages(monkeypatch)
    with pytest.raises(LikelyError, match=rf'pip install "likely\[{extra}\]"'):
        make("anywhere")


# Studies


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    folder = tmp_path_factory.mktemp("events")
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 2, 500)
    columns = {"x": rng.normal(size=500) + 1.5 * kind, "kind": kind}
    lk.write(lk.Dataset.of(columns), folder / "events.parquet")
    return folder / "events.parquet"


def study_of(events, **changed):
    return {
        "kind": "classify",
        "data": {"file": str(events)},
        "target": {"column": "kind", "classes": ["b", "H+jets"]},
        "features": {"numeric": ["x"]},
        "model": {"hidden": [4]},
        "fit": {"epochs": 3, "batch": 64, "early_stopping": False},
        "report": {"importance": False},
        **changed,
    }


def test_a_study_names_the_missing_package(events, monkeypatch):
    without_packages(monkeypatch)
    with pytest.raises(LikelyError, match=r"`log` cannot be followed.*likely\[mlflow"):
        load(study_of(events, log="mlflow"))


def test_loading_a_study_with_logs_imports_neither_jax_nor_the_packages(events):
    code = (
        "import sys, json; from likely.studies import load; "
        "load(json.loads(sys.argv[1])); "
        "assert not {'jax', 'mlflow', 'tensorboardX'} & set(sys.modules)"
    )
    study = json.dumps(study_of(events, log=["tensorboard", "mlflow"]))
    subprocess.run([sys.executable, "-c", code, study], check=True)


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ("tensorbord", "`log.to` must name a log.*`tensorboard`"),
        (3, "`log` must be tensorboard or mlflow, .* got the number 3"),
        ({"to": "mlflow", "adress": "x"}, "`log.adress` is not a key.*`address`"),
        ({"to": "tensorboard", "address": "http://a"}, "option of `to: mlflow`"),
        ({"to": "mlflow", "address": "mlruns"}, "`log.address` must be an address"),
        (["mlflow", {"to": "mlflow"}], "names a log twice"),
        ({}, "`log.to` is missing"),
    ],
    ids=str,
)
def test_a_wrong_log_is_told(events, log, said):
    with pytest.raises(LikelyError, match=said):
        load(study_of(events, log=log))


def test_logs_change_no_trial(events):
    space = {"fit.learning_rate": [1e-3, 1e-2]}
    plain = load(study_of(events, search={"space": space}))
    data = check(plain.content.model_dump(exclude_none=True)).data
    logged = load(study_of(events, search={"space": space}, log="mlflow"))
    assert told(logged, data) == told(plain, data)


@pytest.fixture(scope="module")
def mlflow(tmp_path_factory):
    """Return an address, and a client of MLflow there."""
    address = f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"
    log = lk.logs.MLflow(address, experiment="first")
    log.begin([])
    log.end(ok=True)
    with quiet():
        tracking = importlib.import_module("mlflow.tracking")
        yield address, tracking.MlflowClient(address)


def quiet():
    """Return a context in which MLflow may warn of how it uses other packages."""
    return warnings.catch_warnings(action="ignore")


def runs_of(client, experiment):
    with quiet():
        place = client.get_experiment_by_name(experiment).experiment_id
        return client.search_runs([place])


def points_of(client, run, name):
    with quiet():
        history = client.get_metric_history(run.info.run_id, name)
    return [(point.step, point.value) for point in history]


def test_a_study_is_logged_everywhere(events, tmp_path, monkeypatch, mlflow):
    address, client = mlflow
    study = study_of(
        events,
        name="higgs",
        log=["tensorboard", {"to": "mlflow", "address": address}],
    )
    monkeypatch.chdir(tmp_path)  # where artefacts are put without a server
    done = run(study, out=tmp_path / "run")
    assert done.ok
    assert not [note for note in done.result.result.status.notes if "log" in note]
    losses = done.result.result.minimum.training_loss[:, 0]
    lines = table(tmp_path / "run" / "metrics.csv")
    np.testing.assert_allclose([float(i["training_loss"]) for i in lines], losses)
    shown = curves(tmp_path / "run" / "tensorboard")
    np.testing.assert_allclose([v for _, v in shown["training_loss"]], losses, 1e-6)
    auc = done.result.evaluation.curves["b"].auc
    assert shown["test/auc/b"] == [(3, pytest.approx(auc))]

    (found,) = runs_of(client, "higgs")
    with quiet():
        files = client.list_artifacts(found.info.run_id, "report")
    assert found.info.status == "FINISHED"
    assert found.data.params["fit.learning_rate"] == "0.001"
    assert found.data.params["model.hidden"] == "[4]"
    history = points_of(client, found, "training_loss")
    assert history == [(e + 1, pytest.approx(loss)) for e, loss in enumerate(losses)]
    assert found.data.metrics["test/auc/H_jets"] == pytest.approx(auc)
    assert "report/report.html" in {file.path for file in files}
    # The study as it was run can be run again.
    assert load(tmp_path / "run" / "study.yaml").content.log == done.study.content.log


def test_logs_of_an_earlier_run_do_not_stay(events, tmp_path):
    places = [tmp_path / name for name in ("tensorboard/a.likely", "mlflow.json")]
    places += [tmp_path / "metrics.csv"]
    other = tmp_path / "tensorboard" / "other"
    for log in ([], ["tensorboard", "mlflow"]):
        (tmp_path / "tensorboard").mkdir(exist_ok=True)
        for place in (*places, other):
            place.write_text("")
        logs_of(load(study_of(events, log=log)), RunFolder(tmp_path))
        assert [place.exists() for place in places] == [bool(log), bool(log), False]
        assert other.exists()


def test_a_run_of_mlflow_goes_on(mlflow, tmp_path):
    address, client = mlflow
    options = {"experiment": "again", "keep": tmp_path / "run.json", "patience": 0}
    first = lk.logs.MLflow(address, **options)
    first.begin([])
    for number in (1, 2, 3):
        first.note(epoch(number, 10.0 * number, 1.0))
    # Killed; the checkpoint has two epochs, and the third is made again.
    second = lk.logs.MLflow(address, **options)
    second.begin([epoch(1, 10.0, 1.0), epoch(2, 20.0, 1.0)])
    second.note(epoch(3, 30.0, 1.0))
    second.note(epoch(4, 40.0, np.nan))
    second.end(ok=True)
    (found,) = runs_of(client, "again")
    assert found.info.status == "FINISHED"
    steps = [(1, 10.0), (2, 20.0), (3, 30.0), (4, 40.0)]
    assert points_of(client, found, "member-0/training_loss") == steps
    assert points_of(client, found, "member-1/training_loss") == [
        (1, 1.0), (2, 1.0), (3, 1.0)
    ]  # fmt: skip


def test_a_run_of_mlflow_that_begins_anew_is_another(mlflow, tmp_path):
    address, client = mlflow
    for _ in range(2):
        log = lk.logs.MLflow(
            address,
            experiment="anew",
            keep=tmp_path / "run.json",
            parameters={"a+b": 1},
        )
        log.begin([])
        log.note(epoch(1, 3.0))
    log.end(ok=False)
    found = runs_of(client, "anew")
    assert sorted(run.info.status for run in found) == ["FAILED", "KILLED"]
    assert [run.data.params for run in found] == [{"a_b": "1"}] * 2


def test_a_data_base_that_is_gone_costs_nothing(mlflow, tmp_path):
    file = tmp_path / "gone.db"
    file.write_bytes(Path(mlflow[0].removeprefix("sqlite:///")).read_bytes())
    log = lk.logs.MLflow(f"sqlite:///{file}", experiment="gone")

    def watch(epochs, _):
        if epochs == 2:
            file.write_bytes(b"no data base" * 1000)
        return False

    result = trained(log, watch=watch)
    assert result.ok
    assert "the log MLflow failed" in result.status.notes[-1]
    assert result.history == trained(None).history


def test_a_server_that_is_not_there_is_told_soon():
    begin = time.monotonic()
    log = lk.logs.MLflow("http://127.0.0.1:9", experiment="none")
    before = dict(os.environ)
    with pytest.raises(LikelyError, match="MLflow cannot log to http://127.0.0.1:9"):
        trained(log, watch=lambda *_: pytest.fail("trained"))
    assert time.monotonic() - begin < 30
    assert dict(os.environ) == before


@pytest.mark.slow
def test_a_killed_run_goes_on_in_each_log(events, tmp_path, monkeypatch, mlflow):
    address, client = mlflow
    epochs = 2000
    study = study_of(
        events,
        name="killed",
        fit={"epochs": epochs, "batch": 64, "early_stopping": False},
        log=["tensorboard", {"to": "mlflow", "address": address}],
    )
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study))
    code = "import sys; from likely.cli.main import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "run", "study.yaml", "--out", "run"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL)
    folder = tmp_path / "run"
    for _ in range(600):
        if (folder / "checkpoint.safetensors").exists():
            break
        time.sleep(0.1)
    time.sleep(0.3)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (folder / "result.json").exists()
    before = table(folder / "metrics.csv")
    assert 0 < len(before) < epochs

    monkeypatch.chdir(tmp_path)
    done = run("study.yaml", out="run", resume=True)
    losses = done.result.result.minimum.training_loss[:, 0]
    lines = table(folder / "metrics.csv")
    assert [int(line["epoch"]) for line in lines] == list(range(1, epochs + 1))
    same = ("training_loss", "validation_loss", "gradient_norm")
    for old, new in zip(before[:-1], lines, strict=False):
        assert [old[name] for name in same] == [new[name] for name in same]
    shown = curves(folder / "tensorboard")["training_loss"]
    assert [step for step, _ in shown] == list(range(1, epochs + 1))
    (found,) = runs_of(client, "killed")
    assert found.info.status == "FINISHED"
    history = points_of(client, found, "training_loss")
    assert [step for step, _ in history] == list(range(1, epochs + 1))
    np.testing.assert_allclose([loss for _, loss in history], losses)
