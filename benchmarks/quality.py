"""Compare classifiers of likely with boosted trees on the same events: a table of AUCs.

    python benchmarks/quality.py --likely PYTHON --sklearn PYTHON

Both sides train on the same events, choose among as many trials by the same validation
events, and are judged on the same test events.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import likely as lk

HERE = Path(__file__).parent
HEAD = """\
# Classifiers against boosted trees

Written by `benchmarks/quality.py` (`make bench`): the best of as many trials, chosen by
the same validation events; of likely an ensemble of eight networks with these options.

| events | class | likely, AUC | boosted trees, AUC | difference / error |
|---|---|---:|---:|---:|
"""


def categories(folder: Path) -> None:
    """Write the bundled Higgs categories."""
    data = lk.read(lk.studies.bundled_folder() / "higgs-categories.root")
    columns = [n for n in data.names if n not in ("process", "weight", "event")]
    classes = ["ggH", "VBF", "WH", "ttH"]
    write(folder, {n: data[n] for n in columns}, data["process"], classes, 256)


def higgs_like(folder: Path) -> None:
    """Write 100,000 events with 28 variables like those of the HIGGS data."""
    file = HERE.parent / "tools" / "make_higgs_like.py"
    spec = importlib.util.spec_from_file_location("make_higgs_like", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    x, t = module.simulate(100_000, 1)
    columns = {name: x[:, i] for i, name in enumerate(module.COLUMNS)}
    write(folder, columns, t, ["background", "signal"], 512)


def write(folder: Path, columns: dict, labels, classes: list[str], batch: int) -> None:
    """Write events, what they are, and the part that each is in."""
    event = np.arange(len(labels))
    np.savez(folder / "events.npz", **columns, label=labels, event=event)
    about = {"columns": list(columns), "classes": classes, "batch": batch}
    (folder / "about.json").write_text(json.dumps(about))
    table = lk.Dataset.of({"event": event})
    fractions = {"train": 0.6, "validation": 0.2, "test": 0.2}
    parts = lk.split(table, fractions, by="event", seed=1)
    part = np.zeros(len(event), np.int8)
    for i, name in enumerate(fractions):
        part[parts[name]["event"]] = i
    np.save(folder / "parts.npy", part)


def run(python: str, side: str, folder: Path, trials: int) -> dict:
    """Run one side in a process of its own, and return what it printed."""
    script = str(HERE / f"quality_{side}.py")
    command = [python, script, str(folder), "--trials", str(trials)]
    # Threads of scikit-learn wait for each other as long as they work on few events.
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"The side `{side}` failed.\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Train both sides on both kinds of events."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for side in ("likely", "sklearn"):
        parser.add_argument(f"--{side}", metavar="PYTHON", required=True)
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "quality.md")
    options = vars(parser.parse_args())
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    rows, notes = [], []
    for name, make in (("categories", categories), ("HIGGS-like", higgs_like)):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            make(folder)
            classes = json.loads((folder / "about.json").read_text())["classes"]
            ours = run(options["likely"], "likely", folder, options["trials"])
            theirs = run(options["sklearn"], "boosted", folder, options["trials"])
        for i, kind in enumerate(classes):
            a, b, error = ours["auc"][i], theirs["auc"][i], ours["error"][i]
            rows.append(
                f"| {name} | {kind} | {a:.4f} ± {error:.4f} | {b:.4f} "
                f"| {(a - b) / error:+.1f} |"
            )
        notes.append(
            f"{name}: accuracy {ours['accuracy']:.4f} and {theirs['accuracy']:.4f}, "
            f"mean log-likelihood {ours['log_likelihood']:.4f} and "
            f"{theirs['log_likelihood']:.4f}."
        )
    versions = f"{ours['version']}, {theirs['version']}."
    text = "\n".join([HEAD + "\n".join(rows), "", *notes, "", versions, ""])
    options["out"].parent.mkdir(parents=True, exist_ok=True)
    options["out"].write_text(text)
    print(text)


if __name__ == "__main__":
    main()
