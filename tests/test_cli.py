"""The command line: what it prints, its exit status, one sentence for each error."""

import json
import os
import signal
import string
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import uproot
from hypothesis import HealthCheck, given, settings, strategies as st

from likely.cli import commands
from likely.cli.display import showing_progress
from likely.cli.main import main
from likely.core import LikelyError, progress, write_whole
from likely.studies import bundled_folder, bundled_studies
from likely.studies.validation import KINDS

STUDY = """\
# A peak
kind: fit
data: {file: events.npz}
observables:
  x: {range: [0, 10]}
model:
  components:
    signal:
      {pdf: gauss, on: x, args: {mu: [5, 2, 8], sigma: [1, 0.1, 3]}, yield: [9, 0, 999]}
    rest: {pdf: uniform, on: x, yield: [99, 0, 9999]}
fit: {errors: [hesse]}
report: {bins: 10}
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder with a study and its data, which is the current one."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(5)
    x = np.concatenate([random.normal(5, 0.6, 200), random.uniform(0, 10, 200)])
    write_events(tmp_path, x)
    (tmp_path / "fit.yaml").write_text(STUDY)
    return tmp_path


def write_events(folder: Path, x, **more) -> None:
    np.savez(folder / "events.npz", x=np.asarray(x, float), **more)


def sentence(capsys, *arguments: str, status: int = 2) -> str:
    """Run a command that must fail, and return its one line on standard error."""
    assert main(arguments) == status
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("likely: ")
    assert captured.err.count("\n") == 1
    assert "Traceback" not in captured.err
    return captured.err


def lines_of(capsys, *arguments: str, status: int = 0) -> list[str]:
    assert main(arguments) == status
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out.splitlines()


# --- Nothing slow is imported --------------------------------------------------------

SPY = """
import sys
from likely.cli.main import main
status = main(sys.argv[1:])
print("loaded:", *sorted(set({names!r}) & set(sys.modules)), file=sys.stderr)
sys.exit(status)
"""


def loaded_by(*arguments: str, names: tuple[str, ...], cwd: Path | None = None):
    done = subprocess.run(
        [sys.executable, "-c", SPY.format(names=names), *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr.splitlines()[-1].split()[1:]


SLOW = ("jax", "matplotlib", "scipy", "equinox", "iminuit", "rich.progress")


@pytest.mark.parametrize(
    "arguments", [["--help"], ["run", "--help"], ["--version"], []]
)
def test_help_imports_next_to_nothing(arguments):
    names = (*SLOW, "numpy", "pydantic", "yaml", "uproot", "h5py")
    assert loaded_by(*arguments, names=names) == []


def test_a_wrong_study_is_told_without_importing_jax(home):
    write_events(home, [99.0])
    for study in ("fit.yam", "fit.yaml"):
        command = [sys.executable, "-c", SPY.format(names=SLOW), "run", study]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=home, check=False
        )
        assert done.returncode == 2
        assert done.stderr.splitlines()[1:] == ["loaded:"]


@pytest.mark.parametrize(
    "arguments", [["list"], ["show", "dimuon-z"], ["new", "fit"], ["check", "dimuon-z"]]
)
def test_no_command_but_run_imports_jax_or_matplotlib(arguments):
    assert loaded_by(*arguments, names=SLOW) == []


def test_check_of_a_table_imports_no_root(home):
    assert loaded_by("check", "fit.yaml", names=(*SLOW, "uproot"), cwd=home) == []


# --- Help, list, show, new -----------------------------------------------------------


def test_help_names_every_command_and_status(capsys):
    text = "\n".join(lines_of(capsys, "--help"))
    for command in ("run", "list", "show", "new", "check"):
        assert command in text
    assert "did not converge" in text


def test_version(capsys):
    assert lines_of(capsys, "--version") == [version("likely")]


def test_list_and_show(capsys):
    names = [line.split()[0] for line in lines_of(capsys, "list")]
    assert {"dimuon-jpsi", "dimuon-z"} <= set(names)
    for name in names:
        kinds = [f"kind: {kind}" for kind in KINDS]
        assert set(kinds) & set(lines_of(capsys, "show", name))
    assert "did you mean `dimuon-z`" in sentence(capsys, "show", "dimuon-zz")
    assert sentence(capsys, "show", "../dimuon-z")


@pytest.mark.parametrize("name", bundled_studies())
def test_a_study_that_is_shown_can_be_kept_and_run_elsewhere(capsys, home, name):
    (home / "mine.yaml").write_text("\n".join(lines_of(capsys, "show", name)))
    text = lines_of(capsys, "check", "mine.yaml")
    assert any(str(bundled_folder()) in line for line in text)
    assert text[1:] == lines_of(capsys, "check", name)[1:]


def test_bundled_data_may_be_named_wherever_a_file_may(capsys, home):
    fit = ["--set", "fit.errors=[hesse]", "--quiet"]
    (home / "mine.yaml").write_text("\n".join(lines_of(capsys, "show", "dimuon-z")))
    assert lines_of(capsys, "run", "mine.yaml", "--out", "run", *fit) == []
    assert result_of(home / "run")["parameters"]["m0"]["error"] < 0.1
    assert lines_of(capsys, "check", "run/study.yaml")
    data = ["--data", "bundled:dimuon-z.root:Events", "--set", "data.tree=null"]
    assert lines_of(capsys, "check", "run/study.yaml", *data)
    assert lines_of(capsys, "check", "dimuon-z", "--data", "bundled:dimuon-[z].root")
    wrong = "data.file=bundled:dimuon-zz.root"
    message = sentence(capsys, "check", "mine.yaml", "--set", wrong)
    assert "did you mean `dimuon-z.root`" in message
    for option in ("--data=dimuon-z.root", "--set=data.file=dimuon-z.root"):
        message = sentence(capsys, "check", "mine.yaml", option)
        assert "`bundled:dimuon-z.root` comes with likely" in message
    message = sentence(capsys, "check", "fit.yaml", "--data", "no.npz")
    assert "comes with likely" not in message


def test_new_writes_a_study_and_overwrites_nothing(capsys, home):
    printed = lines_of(capsys, "new", "fit")
    assert "kind: fit" in printed
    assert lines_of(capsys, "new", "fit", "--out", "new.yaml") == ["written: new.yaml"]
    assert (home / "new.yaml").read_text().splitlines() == printed
    assert "exists already" in sentence(capsys, "new", "fit", "--out", "new.yaml")
    assert "did you mean `fit`" in sentence(capsys, "new", "fitt")
    assert "there is no folder" in sentence(capsys, "new", "--out", "no/new.yaml")


# --- Wrong commands ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rum"], 'Did you mean "run"'),
        (["run"], "STUDY"),
        (["check"], "STUDY"),
        (["run", "fit.yaml", "other.yaml"], "too many words: other.yaml"),
        (["run", "a" * 300], "no file and no bundled study"),
        (["run", "~nobody-here/fit.yaml"], "no file and no bundled study"),
        (["run", "fit.yaml", "--out", "a" * 300], "cannot be"),
        (["check", "fit.yaml", "--data", "a" * 300 + ".npz"], "name is too long"),
        (["run", "fit.yaml", "--sed", "3"], "--seed"),
        (["run", "fit.yaml", "--seed", "three"], "three"),
        (["run", "fit.yaml", "--seed", "-3"], "between 0 and"),
        (["run", "fit.yaml", "--set"], "--set"),
        (["run", "fit.yaml", "--set", "report.binz=3"], "did you mean `bins`"),
        (["run", "fit.yaml", "--data", "no.npz"], "--data"),
        (["run", "fit.yml"], "did you mean `fit.yaml`"),
        (["run", "dimuon-zz"], "did you mean `dimuon-z`"),
        (["run", "fit.yaml", "--out", "fit.yaml"], "is a file"),
        (["run", "fit.yaml", "--out", "fit.yaml/x"], "is not a folder"),
        (["run", "fit.yaml", "--out", "."], "of no run of likely"),
        (["run", ""], "study"),
        (["check", "."], "is a folder"),
    ],
)
def test_a_wrong_command_is_one_sentence(capsys, home, arguments, words):
    assert words in sentence(capsys, *arguments)
    assert not (home / "fit-run").exists()


@given(st.lists(st.text(max_size=12), max_size=4))
@settings(max_examples=200, deadline=None)
def test_no_words_make_a_trace(words):
    # `run` of a study that is there would fit; no other words may end in a trace.
    assert main(["check", *words]) in (0, 2)
    assert main(["run", *words]) in (0, 2)
    assert main(words) in (0, 2)


# --- Check ---------------------------------------------------------------------------


def test_check_tells_what_would_run(capsys, home):
    text = "\n".join(lines_of(capsys, "check", "fit.yaml", "--set", "report.bins=3"))
    assert "400 events, 400 selected" in text
    assert "signal.sigma" in text
    assert "[0.1, 3]" in text
    assert not (home / "fit-run").exists()


def test_lines_are_as_wide_as_the_terminal(capsys, home, monkeypatch):
    monkeypatch.setenv("COLUMNS", "70")
    piped = lines_of(capsys, "check", "dimuon-z"), lines_of(capsys, "list")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    for whole, words in zip(piped, ("check dimuon-z", "list"), strict=True):
        lines = lines_of(capsys, *words.split())
        assert len(lines) > len(whole)
        assert " ".join(lines).split() == " ".join(whole).split()
        for line in lines:
            assert len(line) <= 70 or "/" in line  # a path stays in one piece
    names = lines_of(capsys, "list")
    place = next(i for i, line in enumerate(names) if "J/psi" in line)
    assert names[place + 1].startswith(" " * names[place].index("J/psi"))
    table = lines_of(capsys, "check", "dimuon-z")
    start = next(line for line in table if line.startswith("component")).index("pdf")
    assert " " * start + "sigma=signal.sigma," in table


def test_data_may_be_given_several_times(capsys, home):
    write_events(home, [1.0, 2.0])
    for name in ("a.npz", "b.npz"):
        (home / name).write_bytes((home / "events.npz").read_bytes())
    text = lines_of(capsys, "check", "fit.yaml", "--data", "a.npz", "--data", "b.npz")
    assert sum("2 events, 2 selected" in line for line in text) == 2
    assert any("fitted  4 events" in line for line in text)


BROKEN = {
    "no file": (None, "there is no file"),
    "not what it says": (b"no archive at all", "cannot be read"),
    "empty file": (b"", "zero bytes"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_one_sentence(capsys, home, case):
    content, words = BROKEN[case]
    (home / "events.npz").unlink()
    if content is not None:
        (home / "events.npz").write_bytes(content)
    for command in ("check", "run"):
        message = sentence(capsys, command, "fit.yaml")
        assert words in message
        assert "fit.yaml, line 3" in message


def test_a_corrupt_root_file_and_a_tree_that_is_not_there(capsys, home):
    with uproot.recreate(home / "a.root") as file:
        file.mktree("Events", {"x": "f8"})
        file["Events"].extend({"x": np.linspace(0, 10, 999)})
    whole = (home / "a.root").read_bytes()
    assert main(["check", "fit.yaml", "--data", "a.root"]) == 0
    capsys.readouterr()
    message = sentence(capsys, "check", "fit.yaml", "--data", "a.root:Event")
    assert "did you mean `Events`" in message
    message = sentence(
        capsys, "check", "fit.yaml", "--data", "a.root", "--set", "data.tree=Evens"
    )
    assert "did you mean `Events`" in message
    for size in (10, 300, len(whole) // 2, len(whole) - 200):
        (home / "b.root").write_bytes(whole[:size])
        assert "b.root" in sentence(capsys, "check", "fit.yaml", "--data", "b.root")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (STUDY + "kind: fit\n", "the key `kind` is there already, in line 2"),
        (STUDY.replace("  x:", "\tx:"), "line 5: a tab"),
        ("", "is empty"),
        ("kind: fit", "`observables` is missing"),
        (STUDY.replace("on: x", "on: y", 1), "names no observable: `y`; valid: `x`"),
    ],
)
def test_a_broken_study_is_told_with_its_line(capsys, home, text, words):
    (home / "fit.yaml").write_text(text)
    assert main(["check", "fit.yaml"]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("x", "words"),
    [
        ([], "no event"),
        ([np.nan, 1.0], "is not finite in 1 of 2"),
        ([1.0, np.inf], "is not finite in 1 of 2"),
        ([11.0, 12.0], "none of the 2 selected events in its range"),
    ],
)
def test_events_that_cannot_be_fitted(capsys, home, x, words):
    write_events(home, x)
    for command in ("check", "run"):
        assert words in sentence(capsys, command, "fit.yaml")
    assert not (home / "fit-run").exists()


def test_an_empty_selection(capsys, home):
    for command in ("check", "run"):
        message = sentence(capsys, command, "fit.yaml", "--set", "data.select=x > 99")
        assert "removed all 400 events" in message


@given(
    st.integers(0, len(STUDY)),
    st.integers(0, 10),
    st.text(alphabet=string.printable, max_size=8),
)
@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_mutilated_study_with_data_never_ends_in_a_trace(home, place, length, text):
    mutilated = STUDY[:place] + text + STUDY[place + length :]
    (home / "fit.yaml").write_text(mutilated)
    assert main(["check", "fit.yaml"]) in (0, 2)


# --- Run -----------------------------------------------------------------------------


def result_of(folder: Path) -> dict:
    return json.loads((folder / "result.json").read_text())


def test_run_prints_the_result_and_where_the_report_is(capsys, home):
    assert main(["run", "fit.yaml", "--out", "out", "--seed", "7"]) == 0
    out = capsys.readouterr().out
    assert "signal.sigma" in out
    assert "chi2/ndof" in out
    assert f"report: {home / 'out' / 'report.html'}" in out
    result = result_of(home / "out")
    assert result["status"]["ok"]
    assert result["provenance"]["seed"] == 7
    assert result["parameters"]["signal.mu"]["value"] == pytest.approx(5, abs=0.3)


def test_quiet_prints_nothing(capsys, home):
    assert main(["run", "fit.yaml", "--quiet"]) == 0
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""
    assert result_of(home / "fit-run")["status"]["ok"]


HARD = {
    "one event": [5.0],
    "two events": [4.0, 5.0],
    "all at one value": [5.0] * 100,
    "all on the edge": [10.0] * 100,
    "on both edges": [0.0, 10.0] * 50,
    "no peak": np.linspace(0, 10, 100),
}


@pytest.mark.parametrize("case", HARD)
def test_hard_events_end_in_a_result_with_a_sentence(capsys, home, case):
    write_events(home, HARD[case])
    status = main(["run", "fit.yaml"])
    captured = capsys.readouterr()
    assert status in (0, 1), captured.err
    assert "Traceback" not in captured.err
    result = result_of(home / "fit-run")
    assert result["status"]["ok"] is (status == 0)
    assert result["status"]["message"]
    assert (home / "fit-run" / "report.html").exists()


def test_a_degenerate_model_ends_in_a_result_with_a_sentence(capsys, home):
    twin = STUDY.replace(
        "pdf: uniform, on: x", "pdf: exponential, on: x, args: {slope: 0}"
    )
    third = "    third: {pdf: uniform, on: x, yield: [99, 0, 9999]}\nfit:"
    (home / "fit.yaml").write_text(twin.replace("fit:", third))
    status = main(["run", "fit.yaml"])
    assert status in (0, 1)
    result = result_of(home / "fit-run")
    assert result["status"]["message"]
    names = ("rest.yield", "third.yield")
    said = json.dumps(result["status"]) + json.dumps(result["parameters"])
    assert status == 1 or any(name in said for name in names)


def test_a_yield_at_its_limit_is_flagged(capsys, home):
    more = "--set=model.components.signal.args={mu: 5, sigma: 1}"
    x = np.concatenate([np.linspace(0, 4, 100), np.linspace(6, 10, 100)])
    write_events(home, x)
    assert main(["run", "fit.yaml", more]) == 0
    signal = result_of(home / "fit-run")["parameters"]["signal.yield"]
    assert signal["at_limit"]
    assert signal["value"] == pytest.approx(0, abs=1e-6)
    assert "AT LIMIT" in capsys.readouterr().out


def test_a_fit_that_does_not_converge_exits_1_with_everything(
    capsys, home, monkeypatch
):
    import likely.studies.fitting as kind
    from likely.fit import Newton

    monkeypatch.setitem(kind._MINIMISERS, "newton", lambda _: Newton(1, 1e-9, 1))
    assert main(["run", "fit.yaml"]) == 1
    printed = capsys.readouterr().out
    assert "NOT CONVERGED" in printed
    assert "chi2" not in printed
    assert main(["run", "fit.yaml", "--quiet"]) == 1
    quiet = capsys.readouterr()
    assert quiet.out == ""
    assert quiet.err.startswith("likely: ")
    result = result_of(home / "fit-run")
    assert result["status"]["ok"] is False
    assert set(result["goodness_of_fit"].values()) == {None}
    assert "Goodness of fit" not in (home / "fit-run" / "report.html").read_text()
    for name in ("report.html", "model.json", "study.yaml", "log.txt"):
        assert (home / "fit-run" / name).exists()


# --- Ends that are nobody's wish -----------------------------------------------------


def test_an_error_inside_is_one_sentence_and_a_trace_in_the_log(
    capsys, home, monkeypatch
):
    import likely.studies.fit as kind

    def fails(*_):
        raise ZeroDivisionError("inside")

    monkeypatch.setattr(kind, "_write_report", fails)
    message = sentence(capsys, "run", "fit.yaml", status=3)
    assert "ZeroDivisionError: inside" in message
    assert str(home / "fit-run" / "log.txt") in message
    assert "Traceback" in (home / "fit-run" / "log.txt").read_text()


def test_an_error_inside_another_command_keeps_its_trace(capsys, monkeypatch, tmp_path):
    def fails():
        raise ZeroDivisionError("inside")

    monkeypatch.setattr("likely.studies.bundled_studies", fails)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    message = sentence(capsys, "list", status=3)
    (log,) = tmp_path.glob("likely-*-log.txt")
    assert str(log) in message
    assert "ZeroDivisionError" in log.read_text()


def test_an_interrupted_run_exits_130_without_a_trace(capsys, home, monkeypatch):
    def stops(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("likely.studies.fit.run_fit", stops)
    assert "interrupted" in sentence(capsys, "run", "fit.yaml", status=130)


def test_a_reader_that_leaves_is_no_error():
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "likely.cli.main", "show", "dimuon-z"]
    code = "from likely.cli.main import main; raise SystemExit(main())"
    command[1:3] = ["-c", code]
    done = subprocess.run(
        command, stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert done.stderr == ""
    assert done.returncode == 141


# --- Progress ------------------------------------------------------------------------


@pytest.mark.parametrize("patience", [0.0, 60.0])
def test_long_stages_are_told_on_standard_error(capsys, monkeypatch, patience):
    monkeypatch.setattr("likely.cli.display.PATIENCE", patience)
    with showing_progress(), progress("weighing", 3) as tell:
        tell("one")
        time.sleep(0.3)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == ("" if patience else "likely: weighing (3 steps) ...\n")


def test_quiet_work_tells_nothing(capsys, monkeypatch):
    monkeypatch.setattr("likely.cli.display.PATIENCE", 0.0)
    with showing_progress(quiet=True), progress("weighing"):
        time.sleep(0.1)
    assert capsys.readouterr().err == ""


def test_bars_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr("likely.cli.display.PATIENCE", 0.0)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with showing_progress(), progress("weighing", 3) as tell:
        time.sleep(0.3)
        tell("[one]")
        time.sleep(0.3)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "weighing" in captured.err
    assert "[one]" in captured.err


def test_the_commands_are_those_of_the_documentation():
    assert {name for name in commands.app if not name.startswith("-")} == {
        "run", "list", "show", "new", "check", "splot", "predict", "export"
    }  # fmt: skip


def test_errors_of_files_are_of_the_package():
    with pytest.raises(LikelyError):
        write_whole("no/such/folder", "x")


# A shell's background job ignores interrupts, and so would what it starts.
ATTENTIVE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from likely.cli.main import main
"""


def test_an_interrupt_in_a_finaliser_is_not_lost():
    code = f"""{ATTENTIVE}
import time
import likely.studies

class Leaves:
    def __del__(self):
        raise KeyboardInterrupt

def lists():
    Leaves()
    time.sleep(5)
    return {{}}

likely.studies.bundled_studies = lists
sys.exit(main(["list"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 130
    assert done.stderr == "likely: interrupted.\n"


def test_an_interrupted_process_says_so(home):
    code = f"{ATTENTIVE}\nsys.argv[1:] = ['run', 'dimuon-z']\nsys.exit(main())"
    done = subprocess.Popen(
        [sys.executable, "-c", code], stderr=subprocess.PIPE, text=True, cwd=home
    )
    while not (home / "dimuon-z-run" / "log.txt").exists():
        assert done.poll() is None
        time.sleep(0.05)
    done.send_signal(signal.SIGINT)
    _, told = done.communicate(timeout=60)
    assert done.returncode == 130
    assert told.endswith("likely: interrupted.\n")
    assert "Traceback" not in told
    assert "interrupted" in (home / "dimuon-z-run" / "log.txt").read_text()
    assert not (home / "dimuon-z-run" / "result.json").exists()
