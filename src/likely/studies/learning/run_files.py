"""What a study of a training finds, and the files that say so."""

import json
from dataclasses import dataclass
from typing import Any, final

from ...core import Result
from ...core.listener import progress
from ...methods import Classification, Evaluation, Regression, RegressionEvaluation
from ...methods.search import Search
from ...methods.search.trial import known_losses
from ..run_folder import RunFolder
from .study import LearningStudy


@final
@dataclass(frozen=True)
class Trained:
    """What a study of a training finds.

    Args:
        found: The trained model with its events.
        evaluation: Measures on events that it has not seen.
        search: The trials that chose its options, if there were some.
    """

    found: Classification | Regression
    evaluation: Evaluation | RegressionEvaluation
    search: Search | None = None

    @property
    def result(self) -> Result:
        """Return the result of the fit."""
        return self.found.result

    @property
    def ok(self) -> bool:
        """Return whether the training went well."""
        return self.result.ok

    @property
    def message(self) -> str:
        """Return what became of it, in a sentence."""
        return self.result.message

    def __str__(self) -> str:
        """Return what became of the training, and how good the model is."""
        searched = [f"search: {self.search}"] if self.search else []
        return "\n".join([*searched, str(self.result), str(self.evaluation)])


def write_result(
    outcome: Trained, study: LearningStudy, folder: RunFolder, timings: dict[str, float]
) -> None:
    """Write `result.json`: status, losses by epoch, measures, trials, timings.

    Raises:
        LikelyError: If it cannot be written.
    """
    result = outcome.result
    training = result.minimum
    content = {
        "kind": study.content.kind,
        "status": {
            "ok": result.status.ok,
            "message": result.status.message,
            "notes": list(result.status.notes),
        },
        "training": {
            "epochs": training.epochs,
            "steps_of_an_epoch": training.steps,
            "weights_of_a_network": training.n_weights,
            "best_epoch": training.best_epoch.tolist(),
            "training_loss": _plain(training.training_loss),
            "validation_loss": _plain(training.validation_loss),
        },
        "evaluation": outcome.evaluation.to_dict(),
        **({} if outcome.search is None else {"search": outcome.search.to_dict()}),
        "n_events": result.n_events,
        "sum_of_weights": result.sum_of_weights,
        "timings": {k: round(v, 6) for k, v in timings.items()},
        "provenance": dict(result.provenance),
    }
    text = json.dumps(content, indent=2, allow_nan=False)
    folder.write("result.json", text + "\n")


def _plain(losses: Any) -> list[list[float | None]]:
    # A loss that ran away is infinite, which JSON has no more than nan.
    return [list(known_losses(row)) for row in losses.tolist()]


def write_report(outcome: Trained, study: LearningStudy, folder: RunFolder) -> None:
    """Write `report.html` and its figures.

    Raises:
        LikelyError: If they cannot be written.
    """
    # matplotlib is slow to import, and a training that fails early does not need it.
    from ...report import write_classification_report, write_regression_report

    found, judged = outcome.found, outcome.evaluation
    options: dict[str, Any] = {"study_text": study.text, "title": study.title}
    if outcome.search is not None:
        options["trials"] = [trial.to_dict() for trial in outcome.search.trials]
    with progress("drawing the report"):
        if isinstance(found, Classification):
            assert isinstance(judged, Evaluation)
            files = write_classification_report(folder.path, found, judged, **options)
        else:
            assert isinstance(judged, RegressionEvaluation)
            files = write_regression_report(folder.path, found, judged, **options)
    folder.keep_figures(files)
