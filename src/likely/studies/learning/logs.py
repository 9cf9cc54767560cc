"""Where a run tells of its training, besides its own files."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ...fit import Training
from ...fit.logs import Logs, MetricsFile, MLflow, TensorBoard
from ...fit.logs.tensorboard_log import SUFFIX
from ..run_folder import RunFolder
from .study import LearningStudy

METRICS = "metrics.csv"
TENSORBOARD = "tensorboard"
# Which run of MLflow it is, for a run that goes on.
RUN = "mlflow.json"


def logs_of(study: LearningStudy, folder: RunFolder) -> Logs:
    """Return the table in the run folder, and the logs that the study names.

    Those of an earlier run there, of logs that it does not name, are removed.

    Raises:
        LikelyError: If a package is missing.
    """
    named = {section.to for section in study.content.log}
    stale = [] if "mlflow" in named else [folder.path / RUN]
    if "tensorboard" not in named:
        stale += (folder.path / TENSORBOARD).glob(f"*{SUFFIX}")
    for file in (folder.path / METRICS, *stale):
        file.unlink(missing_ok=True)
    logs: list[Any] = [MetricsFile(folder.path / METRICS)]
    for section in study.content.log:
        if section.to == "tensorboard":
            logs.append(TensorBoard(folder.path / TENSORBOARD))
        else:
            log = MLflow(
                section.address,
                experiment=section.experiment or study.name,
                name=study.name,
                parameters=parameters_of(study),
                keep=folder.path / RUN,
            )
            logs.append(log)
    return Logs(*logs)


def parameters_of(study: LearningStudy) -> dict[str, Any]:
    """Return what a study says as `fit.learning_rate` and the like."""
    content = study.content.model_dump(
        by_alias=True, exclude_none=True, exclude={"log", "report", "search"}
    )
    return dict(_flat(content))


def numbers_of(judged: Mapping[str, Any], course: Any) -> dict[str, float]:
    """Return the numbers by which trained models are compared.

    Args:
        judged: The evaluation as `result.json` has it.
        course: Of the training.
    """
    found: dict[str, Any] = {"log_likelihood": judged.get("log_likelihood")}
    measured: dict[str, Any] = {"accuracy": judged.get("accuracy")}
    for name, values in (judged.get("classes") or {}).items():
        found[f"auc/{name}"] = values["roc"]["auc"]
        found[f"auc_error/{name}"] = values["roc"]["auc_error"]
    for group in ("numbers", "pulls"):
        some = judged.get(group) or {}
        head = "pull_" if group == "pulls" else ""
        measured |= {f"{head}{name}": number for name, number in some.items()}
    for name, number in measured.items():
        if isinstance(number, dict):
            found |= {name: number["value"], f"{name}_error": number["error"]}
    found = {f"test/{name}": value for name, value in found.items()}
    if isinstance(course, Training):
        best = course.best_epoch
        losses = course.validation_loss[best - 1, np.arange(len(best))]
        found |= {"best_epoch": float(best.mean()), "best_loss": float(losses.mean())}
    return {
        name: float(value)
        for name, value in found.items()
        if isinstance(value, float | int) and math.isfinite(value)
    }


def _flat(content: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        name = f"{before}{key}"
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{name}.")
        else:
            yield name, value if isinstance(value, str) else json.dumps(value)
