"""The side of likely: a search of ten trials, then an ensemble of the best options."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import likely as lk

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("folder", type=Path)
parser.add_argument("--trials", type=int, default=10)
parser.add_argument("--members", type=int, default=8)
options = parser.parse_args()
about = json.loads((options.folder / "about.json").read_text())
study = {
    "kind": "classify",
    "seed": 1,
    "data": {"file": str(options.folder / "events.npz")},
    "target": {"column": "label", "classes": about["classes"]},
    "features": {"numeric": about["columns"]},
    "split": {"by": "event"},
    "model": {"hidden": [100, 100, 100]},
    "fit": {
        "epochs": 40,
        "early_stopping": {"patience": 8},
        "ensemble": options.members,
        "batch": about["batch"],
    },
    "search": {
        "trials": options.trials,
        "space": {
            "model.hidden": {"choices": [[100, 100], [100, 100, 100], [200, 200, 200]]},
            "model.activation": {"choices": ["relu", "gelu"]},
            "model.dropout": [0.0, 0.3],
            "fit.learning_rate": [5e-4, 5e-3, "log"],
        },
    },
    "report": {"importance": False},
}
with tempfile.TemporaryDirectory() as folder:
    done = lk.studies.run(study, out=Path(folder) / "run")
judged = done.result.evaluation
sys.stdout.write(
    json.dumps(
        {
            "auc": [curve.auc for curve in judged.curves.values()],
            "error": [curve.auc_error for curve in judged.curves.values()],
            "accuracy": judged.confusion.accuracy.value,
            "log_likelihood": judged.log_likelihood,
            "version": "likely " + done.result.result.provenance["version"],
        }
    )
    + "\n"
)
