"""Studies of kind `toys`: from YAML to the run folder, stopped and gone on."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import likely as lk
from likely.cli.main import main
from likely.core import LikelyError
from likely.studies import check, load, run

FIT = """\
kind: fit
data: {file: events.csv}
observables:
  m: {range: [5, 7], unit: GeV}
model:
  components:
    signal:
      {pdf: gauss, on: m, args: {mu: [5.8, 5, 7], sigma: 0.1}, yield: [60, -50, 500]}
    background: {pdf: uniform, on: m, yield: [140, 0, 500]}
"""
TOYS = "kind: toys\nstudy: fit.yaml\ntoys: 40\nseed: 3\n"


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    events = np.concatenate([rng.normal(5.8, 0.1, 60), rng.uniform(5, 7, 140)])
    lines = "\n".join(f"{e:.17g}" for e in events)
    (tmp_path / "events.csv").write_text(f"m\n{lines}\n")
    (tmp_path / "fit.yaml").write_text(FIT)
    (tmp_path / "toys.yaml").write_text(TOYS)
    return tmp_path


def result_of(folder):
    return json.loads((folder / "result.json").read_text())


def test_a_run_leaves_what_the_grammar_promises(folder):
    done = run(folder / "toys.yaml", out=folder / "run")
    assert done.ok
    result = result_of(folder / "run")
    assert result["kind"] == "toys"
    assert result["n_toys"] == 40
    assert result["n_failed"] == sum(result["failures"].values())
    assert set(result["pulls"]) == {"signal.mu", "signal.yield", "background.yield"}
    for pull in result["pulls"].values():
        assert {"mean", "mean_error", "width", "width_error"} <= set(pull)
        assert {"coverage_68", "coverage_68_error"} <= set(pull)
        assert abs(pull["mean"]) < 5 * pull["mean_error"]
    table = lk.read(folder / "run" / result["toys"])
    assert len(table) == 40
    values, errors = table["signal.yield"], table["signal.yield_error"]
    good = (table["status"] == 0) & np.isfinite(errors)
    pulls = ((values - 60) / errors)[good]
    assert pulls.mean() == pytest.approx(result["pulls"]["signal.yield"]["mean"])
    assert (folder / "run" / "report.html").stat().st_size > 10_000
    assert {p.suffix for p in (folder / "run" / "figures").iterdir()} == {
        ".png",
        ".pdf",
    }
    # The resolved study can be run from anywhere.
    again = run(folder / "run" / "study.yaml", out=folder / "again")
    np.testing.assert_array_equal(again.result.values, done.result.values)


def test_the_truth_of_a_run_folder_is_what_it_fitted(folder):
    fit = run(folder / "fit.yaml", out=folder / "fit-run").result
    made = run(
        {"kind": "toys", "study": str(folder / "fit-run"), "toys": 8}, out=folder / "t"
    )
    truth = dict(zip(made.result.names, made.result.truth, strict=True))
    assert truth == {n: fit.values[n] for n in truth}


def test_errors_ask_for_minos_coverage(folder):
    made = run(
        folder / "toys.yaml",
        out=folder / "run",
        overrides=["errors=[hesse, minos]", "toys=8"],
    )
    assert made.result.minos_covers.shape == (8, 3)
    assert "coverage_68_minos" in result_of(folder / "run")["pulls"]["signal.mu"]


def test_a_fit_with_fractions_takes_its_number_of_events(folder):
    text = FIT.replace("yield: [60, -50, 500]", "fraction: [0.3, 0, 1]")
    (folder / "fit.yaml").write_text(text.replace(", yield: [140, 0, 500]", ""))
    assert load(folder / "toys.yaml").n_events == 200
    assert load(folder / "toys.yaml", overrides=["events=77"]).n_events == 77
    made = run(
        folder / "toys.yaml", out=folder / "run", overrides=["events=77", "toys=4"]
    )
    np.testing.assert_array_equal(made.result.n_events, 77)


def test_check_says_what_would_run(folder):
    text = str(check(folder / "toys.yaml"))
    assert "kind toys" in text
    assert "40, as many events as the yields say" in text
    assert "signal.yield" in text
    assert "start values" in text


WORKER = """
import sys, likely.studies.toys as t, likely.stats.toy_making as m
m.CHUNK_EVENTS, t.PATIENCE = 2000, 0.0
from likely.studies import run
run(sys.argv[1], out=sys.argv[2], resume="--resume" in sys.argv)
"""


def words_of(folder, toys: int) -> list[str]:
    """Return the command that runs so many toys, and run them once to the end."""
    study = folder / "toys.yaml"
    study.write_text(TOYS.replace("toys: 40", f"toys: {toys}"))
    words = [sys.executable, "-c", WORKER, str(study)]
    subprocess.run([*words, str(folder / "whole")], check=True)
    return [*words, str(folder / "run")]


def check_resumed(folder, words: list[str]) -> None:
    """Go on to the end, and compare with what was never interrupted."""
    subprocess.run([*words, "--resume"], check=True)
    runs = folder / "run", folder / "whole"
    ours, theirs = (lk.read(run / "toys.parquet") for run in runs)
    for name in theirs.columns:
        np.testing.assert_array_equal(ours[name], theirs[name])
    ours, theirs = map(result_of, runs)
    assert ours["pulls"] == theirs["pulls"]
    assert ours["failures"] == theirs["failures"]


def test_killed_and_resumed_is_the_same_as_uninterrupted(folder):
    """`kill -9` after some toys were kept, then `--resume`: the same numbers."""
    words, out = words_of(folder, 4000), folder / "run"
    for kill, extra in enumerate([[], ["--resume"]]):
        process = subprocess.Popen([*words, *extra])
        deadline, before = time.monotonic() + 120, _rows(out)
        while process.poll() is None and time.monotonic() < deadline:
            if _rows(out) > before:
                time.sleep(0.2 * kill)
                os.kill(process.pid, signal.SIGKILL)
                break
            time.sleep(0.01)
        process.wait()
        assert _rows(out) > before or _rows(out) == 4000
    check_resumed(folder, words)
    assert "toys are there already" in (out / "log.txt").read_text()


@pytest.mark.slow
def test_killed_at_ten_random_moments_is_the_same_as_uninterrupted(folder):
    """Anywhere between the import and the report, some before the first toy."""
    rng = np.random.default_rng()
    words = words_of(folder, 20_000)
    begin = time.monotonic()
    subprocess.run([*words[:-1], str(folder / "warm")], check=True)
    longest = time.monotonic() - begin
    moments = rng.uniform(0, longest, 10)
    rows = []
    for moment in moments:
        process = subprocess.Popen([*words, "--resume"])
        time.sleep(moment)
        process.kill()
        process.wait()
        rows.append(_rows(folder / "run"))
    assert rows == sorted(rows), f"toys were lost: {rows} at {moments}"
    check_resumed(folder, words)


def _rows(out):
    file = out / "toys.parquet"
    return len(lk.read(file, columns=["status"])) if file.exists() else 0


def test_resume_refuses_toys_of_another_study(folder):
    run(folder / "toys.yaml", out=folder / "run", overrides=["toys=4"])
    with pytest.raises(LikelyError, match="of another study, seed"):
        run(folder / "toys.yaml", out=folder / "run", seed=9, resume=True)
    more = run(folder / "toys.yaml", out=folder / "run", resume=True)
    assert len(more.result) == 40
    fresh = run(folder / "toys.yaml", out=folder / "fresh")
    np.testing.assert_array_equal(more.result.values, fresh.result.values)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kind: toys\n", "`study` is missing"),
        ("kind: toys\nstudy: fit.yaml\ntoy: 5\n", "`toy` is not a key here.*toys"),
        ("kind: toys\nstudy: fit.yaml\ntoys: 0\n", "between 1 and"),
        ("kind: toys\nstudy: fit.yaml\ntoys: many\n", "`toys` must be"),
        ("kind: toys\nstudy: nowhere.yaml\n", "no bundled study"),
        ("kind: toys\nstudy: toys.yaml\n", "must name a study of kind fit"),
        ("kind: toys\nstudy: fit.yaml\nevents: 5\n", "`events` is for fits without"),
        ("kind: toys\nstudy: fit.yaml\nerrors: [hess]\n", "hesse"),
        ("kind: toy\nstudy: fit.yaml\n", "toys"),
    ],
)
def test_faults_are_told(folder, text, says):
    (folder / "toys.yaml").write_text(text)
    with pytest.raises(LikelyError, match=says):
        load(folder / "toys.yaml")


def test_a_weighted_or_failed_fit_is_refused(folder):
    weighted = FIT.replace("events.csv}", 'events.csv, weight: "1 + 0*m"}')
    (folder / "fit.yaml").write_text(weighted)
    with pytest.raises(LikelyError, match="weighted"):
        load(folder / "toys.yaml")
    (folder / "fit.yaml").write_text(FIT)
    run(folder / "fit.yaml", out=folder / "bad")
    result = result_of(folder / "bad")
    result["status"]["ok"] = False
    (folder / "bad" / "result.json").write_text(json.dumps(result))
    with pytest.raises(LikelyError, match="did not converge"):
        load({"kind": "toys", "study": str(folder / "bad")})
    (folder / "bad" / "result.json").write_text("[]")
    with pytest.raises(LikelyError, match="cannot be read as the result"):
        load({"kind": "toys", "study": str(folder / "bad")})


def test_a_run_that_lacks_entries_is_damaged(folder):
    run(folder / "fit.yaml", out=folder / "old")
    result = result_of(folder / "old")
    del result["n_events"]
    (folder / "old" / "result.json").write_text(json.dumps(result))
    with pytest.raises(LikelyError, match="damaged"):
        load({"kind": "toys", "study": str(folder / "old")})
    with pytest.raises(LikelyError, match="no bundled study"):
        load({"kind": "toys", "study": "~nobody-of-that-name/fit.yaml"})


WITHOUT = """\
kind: fit
data: {file: events.csv}
observables:
  m: {range: [5, 7], unit: GeV}
model:
  components:
    background: {pdf: uniform, on: m, yield: [140, 0, 500]}
"""


def test_goodness_of_fit_and_an_alternative(folder):
    """The data against toys of the study, and the study against one that holds it."""
    (folder / "null.yaml").write_text(WITHOUT)
    text = "kind: toys\nstudy: null.yaml\ntoys: 40\nseed: 3\n"
    tests = "goodness_of_fit: kolmogorov_smirnov\nagainst: fit.yaml\n"
    (folder / "toys.yaml").write_text(text + tests)
    done = run(folder / "toys.yaml", out=folder / "run")
    result = result_of(folder / "run")
    ratio, goodness = result["likelihood_ratio"], result["goodness_of_fit"]
    # Sixty events in a peak on 140: no toy of a flat background looks like it.
    assert ratio["q"] > 50
    assert ratio["toys_p_value"] == 0
    assert ratio["toys_p_value_upper"] == pytest.approx(1 - 0.05 ** (1 / 40))
    assert ratio["parameters"] == ["signal.mu", "signal.yield"]
    # The yield may be negative here, so there is no limit; the position is undefined.
    assert ratio["at_limit"] == []
    assert any("signal.mu has no meaning" in note for note in ratio["notes"])
    assert goodness["p_value"] == pytest.approx(1 / 41)
    assert goodness["n_toys"] == 40
    assert {"n_toys", "n_failed", "failures", "pulls", "toys"} <= set(result)
    page = (folder / "run" / "report.html").read_text()
    assert "Goodness of fit of the data" in page
    assert "Of 40 toys none is as extreme" in page
    assert "Kolmogorov-Smirnov distance" in str(done)
    # The resolved study names both fits from anywhere.
    assert str(folder / "fit.yaml") in (folder / "run" / "study.yaml").read_text()
    # The toys themselves are those of the study without tests.
    (folder / "toys.yaml").write_text(text)
    plain = run(folder / "toys.yaml", out=folder / "plain")
    np.testing.assert_array_equal(plain.result.values, done.result.values)
    assert "likelihood_ratio" not in result_of(folder / "plain")


def test_tests_of_the_data_that_cannot_be(folder):
    (folder / "null.yaml").write_text(WITHOUT)
    text = "kind: toys\nstudy: fit.yaml\ntoys: 4\n"
    (folder / "toys.yaml").write_text(text + "against: null.yaml\n")
    with pytest.raises(LikelyError, match="not nested"):
        run(folder / "toys.yaml", out=folder / "run")
    (folder / "toys.yaml").write_text(text + "against: toys.yaml\n")
    with pytest.raises(LikelyError, match="`against` must name a study of kind fit"):
        load(folder / "toys.yaml")
    (folder / "toys.yaml").write_text(text + "goodness_of_fit: chi2\n")
    with pytest.raises(LikelyError, match="a test of goodness of fit"):
        load(folder / "toys.yaml")
    weighted = WITHOUT.replace("events.csv}", 'events.csv, weight: "1 + 0*m"}')
    (folder / "null.yaml").write_text(weighted)
    (folder / "toys.yaml").write_text(text + "against: null.yaml\n")
    with pytest.raises(LikelyError, match="`against` names a fit to weighted"):
        load(folder / "toys.yaml")


def test_toys_of_a_histogram(folder):
    """The bins are those of the data."""
    bins = "data: {file: events.csv, binned: {m: {bins: 20}}}"
    text = FIT.replace("data: {file: events.csv}", bins)
    (folder / "fit.yaml").write_text(text)
    made = run(folder / "toys.yaml", out=folder / "run").result
    assert made.valid.sum() > 35
    assert abs(made.n_events.mean() - 200) < 15


def test_data_are_given_to_the_fit(folder):
    with pytest.raises(LikelyError, match="reads no data of its own"):
        load(folder / "toys.yaml", data="other.csv")


def test_from_the_command_line(folder, capsys):
    words = ["run", str(folder / "toys.yaml"), "--out", str(folder / "run")]
    assert main([*words, "--set", "toys=4"]) == 0
    assert "4 toys" in capsys.readouterr().out
    assert main([*words, "--set", "toys=8", "--resume", "--quiet"]) == 0
    assert result_of(folder / "run")["n_toys"] == 8


def test_the_template_is_a_study(folder, capsys):
    assert main(["new", "toys"]) == 0
    text = capsys.readouterr().out
    (folder / "mine.yaml").write_text(text)
    assert load(folder / "mine.yaml").content.toys == 1000
