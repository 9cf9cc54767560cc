"""The side of scikit-learn: HistGradientBoosting, the best of as many trials."""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("folder", type=Path)
parser.add_argument("--trials", type=int, default=10)
options = parser.parse_args()
about = json.loads((options.folder / "about.json").read_text())
data = np.load(options.folder / "events.npz")
x = np.stack([data[name] for name in about["columns"]], axis=1)
t, part = data["label"], np.load(options.folder / "parts.npy")
train, watch, test = (part == i for i in range(3))
rng = np.random.default_rng(0)
best = None
for _ in range(options.trials):
    # Early stopping is by the validation events: fits of growing size are compared.
    model = HistGradientBoostingClassifier(
        learning_rate=float(np.exp(rng.uniform(np.log(0.02), np.log(0.2)))),
        max_leaf_nodes=int(rng.integers(8, 64)),
        min_samples_leaf=int(rng.integers(10, 100)),
        l2_regularization=float(np.exp(rng.uniform(np.log(1e-3), np.log(10)))),
        max_iter=400,
        early_stopping=False,
        random_state=0,
    ).fit(x[train], t[train])
    losses = [log_loss(t[watch], p) for p in model.staged_predict_proba(x[watch])]
    stage = int(np.argmin(losses))
    if best is None or losses[stage] < best[0]:
        best = losses[stage], stage, model
_, stage, model = best
p = next(p for i, p in enumerate(model.staged_predict_proba(x[test])) if i == stage)
k = len(about["classes"])
auc = [roc_auc_score(t[test] == i, p[:, i]) for i in range(k)]
sys.stdout.write(
    json.dumps(
        {
            "auc": auc,
            "accuracy": accuracy_score(t[test], p.argmax(axis=1)),
            "log_likelihood": -log_loss(t[test], p),
            "version": f"scikit-learn {sklearn.__version__}",
        }
    )
    + "\n"
)
