"""The kinds `classify` and `regress`: from events to the files of a run folder."""

import json
import time
from dataclasses import asdict, dataclass, replace
from typing import Any, final

from ...core import Result
from ...core.listener import progress
from ...methods import (
    Classification,
    CrossOptions,
    Evaluation,
    Regression,
    RegressionEvaluation,
    classify,
    cross_classify,
    cross_regress,
    evaluate,
    evaluate_regression,
    outputs_of,
    regress,
    save_predictor,
)
from ..run_folder import RunFolder
from .build import build_loss, build_minimiser, build_net
from .events import LearningData, read_parts
from .schema import ClassifyStudy
from .study import LearningStudy

CHECKPOINT = "checkpoint.safetensors"


@final
@dataclass(frozen=True)
class Trained:
    """What a study of a training finds.

    Args:
        found: The trained model with its events.
        evaluation: Measures on events that it has not seen.
    """

    found: Classification | Regression
    evaluation: Evaluation | RegressionEvaluation

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
        return f"{self.result}\n{self.evaluation}"


def run_learning(
    study: LearningStudy, folder: RunFolder, *, resume: bool = False
) -> Trained:
    """Train, judge, and write the run folder.

    Args:
        study: Loaded and checked.
        folder: Claimed for this run.
        resume: Whether a training that was stopped there goes on.

    Raises:
        LikelyError: If the events cannot be learnt from, or a file not written.
    """
    begin = time.perf_counter()
    files = sum(len(found) for found in study.locations.values())
    with progress(f"reading {files} file(s)"):
        data = read_parts(study)
    read_seconds = time.perf_counter() - begin
    folder.make()
    for source in data.everything.sources:
        folder.note(
            f"read {source.file}: {source.events_read} events, "
            f"{source.events_selected} selected, sha256 {source.sha256}"
        )
    checkpoint = folder.path / CHECKPOINT
    if not resume:
        checkpoint.unlink(missing_ok=True)
    folder.clear()
    folder.write("study.yaml", study.text)
    found = _with_origin(trained(study, data, checkpoint), study, data, read_seconds)
    save_predictor(found.predictor, folder.path, beside=_beside(study))
    folder.note(f"trained\n{found.result}")
    middle = time.perf_counter()
    with progress("judging the model"):
        judged = _judged(study, found)
    outcome = Trained(found, judged)
    timings = dict(found.result.timings)
    timings["evaluation"] = time.perf_counter() - middle
    _write_result(outcome, study, folder, timings)
    begin = time.perf_counter()
    _write_report(outcome, study, folder)
    timings["report"] = time.perf_counter() - begin
    _write_result(outcome, study, folder, timings)
    # What could be gone on from is in the model now.
    checkpoint.unlink(missing_ok=True)
    folder.note(f"finished, report in {timings['report']:.1f} s")
    return outcome


def trained(
    study: LearningStudy, data: LearningData, checkpoint: Any = None
) -> Classification | Regression:
    """Return the trained model of a study.

    Raises:
        LikelyError: If the events cannot be learnt from.
    """
    content, labels, features = study.content, data.labels, data.features
    loss = build_loss(content)
    outputs = outputs_of(loss) if labels is None else len(labels.classes)
    net = build_net(content, features.size, outputs)
    minimiser = build_minimiser(content, checkpoint)
    if content.fit.folds > 1:
        rest = content.split.train + content.split.validation
        options = CrossOptions(
            loss,
            balanced=content.fit.balanced,
            validation=content.split.validation / rest,
            seed=content.seed,
        )
        cross: dict[str, Any] = {
            "folds": content.fit.folds,
            "net": net,
            "minimiser": minimiser,
            "options": options,
        }
        if isinstance(content, ClassifyStudy):
            assert labels is not None
            return cross_classify(data.everything, features, labels, **cross)
        column = content.target.column
        return cross_regress(data.everything, features, column, **cross)
    given: dict[str, Any] = {"net": net, "loss": loss, "minimiser": minimiser}
    if isinstance(content, ClassifyStudy):
        assert labels is not None
        balanced = content.fit.balanced
        return classify(data.parts, features, labels, balanced=balanced, **given)
    return regress(data.parts, features, content.target.column, **given)


def _with_origin(
    found: Any, study: LearningStudy, data: LearningData, read_seconds: float
) -> Any:
    """Return what was trained with the files and the seconds behind it."""
    result = found.result
    origin = {
        "seed": study.content.seed,
        "data": [asdict(source) for source in data.everything.sources],
    }
    result = replace(
        result,
        timings={"read": read_seconds, **result.timings},
        provenance={**result.provenance, **origin},
    )
    return replace(found, result=result)


def _judged(study: LearningStudy, found: Any) -> Evaluation | RegressionEvaluation:
    report = study.content.report
    if isinstance(found, Regression):
        return evaluate_regression(found)
    return evaluate(
        found,
        working_points=report.working_points,
        importance=report.importance,
        seed=study.content.seed,
    )


def _beside(study: LearningStudy) -> dict[str, Any]:
    """Return how the columns of the events were made, for predictions."""
    _, section = next(iter(study.content.sources.items()))
    return {
        "name": study.name,
        "title": study.title,
        "define": dict(section.define),
        "select": section.select,
    }


def _write_result(
    outcome: Trained, study: LearningStudy, folder: RunFolder, timings: dict[str, float]
) -> None:
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
        "n_events": result.n_events,
        "sum_of_weights": result.sum_of_weights,
        "timings": {k: round(v, 6) for k, v in timings.items()},
        "provenance": dict(result.provenance),
    }
    text = json.dumps(content, indent=2, allow_nan=False)
    folder.write("result.json", text + "\n")


def _plain(losses: Any) -> list[list[float | None]]:
    return [[None if x != x else x for x in row] for row in losses.tolist()]


def _write_report(outcome: Trained, study: LearningStudy, folder: RunFolder) -> None:
    # matplotlib is slow to import, and a training that fails early does not need it.
    from ...report import write_classification_report, write_regression_report

    found, judged = outcome.found, outcome.evaluation
    options: dict[str, Any] = {"study_text": study.text, "title": study.title}
    with progress("drawing the report"):
        if isinstance(found, Classification):
            assert isinstance(judged, Evaluation)
            files = write_classification_report(folder.path, found, judged, **options)
        else:
            assert isinstance(judged, RegressionEvaluation)
            files = write_regression_report(folder.path, found, judged, **options)
    folder.keep_figures(files)
