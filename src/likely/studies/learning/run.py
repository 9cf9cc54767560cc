"""The kinds `classify` and `regress`: from events to the files of a run folder."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, final

from ...core import Result
from ...core.listener import progress
from ...fit.logs.logs import NONE, Logs
from ...fit.losses import Categorical
from ...methods import (
    Boosting,
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
from ...methods.search import Search
from ...methods.search.trial import known_losses
from ..run_folder import RunFolder
from .build import build_boosting, build_loss, build_minimiser, build_net
from .events import LearningData, read_parts
from .logs import logs_of, numbers_of
from .schema import ClassifyStudy
from .schema_boosted import BOOSTED
from .searching import TRIALS, searched
from .study import LearningStudy
from .trial_task import Kept, study_with

CHECKPOINT = "checkpoint.safetensors"
# The study of the best trial alone.
BEST = "best.yaml"


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


def run_learning(
    study: LearningStudy,
    folder: RunFolder,
    *,
    resume: bool = False,
    workers: int | str | None = None,
) -> Trained:
    """Search where the study says so, train, judge, and write the run folder.

    Args:
        study: Loaded and checked.
        folder: Claimed for this run.
        resume: Whether a search or a training that was stopped there goes on.
        workers: Processes for the trials of a search, or the address of a Dask
            scheduler; None for this process.

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
        (folder.path / TRIALS).unlink(missing_ok=True)
    folder.clear()
    folder.write("study.yaml", study.text)
    # First of all, since what trees cannot learn is an error.
    baseline = _baseline_of(study, data)
    search, best = None, study
    if study.content.search is not None:
        search = searched(study, data, folder, resume=resume, workers=workers)
        folder.note(f"searched\n{search}")
        best = study_with(study, search.best.parameters)
        folder.write(BEST, best.text)
        data = Kept(study, data).events(best)
    logs = logs_of(best, folder)
    found = trained(best, data, checkpoint, log=logs)
    found = _with_origin(found, study, data, read_seconds)
    save_predictor(found.predictor, folder.path, beside=_beside(study))
    folder.note(f"trained\n{found.result}")
    middle = time.perf_counter()
    with progress("judging the model"):
        judged = _judged(study, found, baseline)
    outcome = Trained(found, judged, search)
    timings = dict(found.result.timings)
    timings |= {} if search is None else {"search": search.seconds}
    timings["evaluation"] = time.perf_counter() - middle
    _write_result(outcome, study, folder, timings)
    begin = time.perf_counter()
    _write_report(outcome, study, folder)
    timings["report"] = time.perf_counter() - begin
    _write_result(outcome, study, folder, timings)
    # What could be gone on from is in the model now.
    checkpoint.unlink(missing_ok=True)
    outcome = _concluded(outcome, logs, study, folder, timings)
    folder.note(f"finished, report in {timings['report']:.1f} s")
    return outcome


def _concluded(
    outcome: Trained,
    logs: Logs,
    study: LearningStudy,
    folder: RunFolder,
    timings: dict[str, float],
) -> Trained:
    """Tell the logs of the trained model; return the outcome with what they lack."""
    before, result = logs.failures, outcome.result
    numbers = numbers_of(outcome.evaluation.to_dict(), result.minimum)
    logs.conclude(numbers, folder.path)
    if failures := logs.failures[len(before) :]:
        status = result.status.noting(*failures)
        found: Any = replace(outcome.found, result=replace(result, status=status))
        outcome = replace(outcome, found=found)
        _write_result(outcome, study, folder, timings)
    return outcome


def trained(
    study: LearningStudy,
    data: LearningData,
    checkpoint: Any = None,
    *,
    watch: Callable[[int, Any], bool] | None = None,
    log: Logs = NONE,
) -> Classification | Regression:
    """Return the trained model of a study.

    Args:
        study: Whose options it has.
        data: Its events.
        checkpoint: A file to go on from, or None.
        watch: Looks on, as of `Descent`.
        log: Is told of each epoch.

    Raises:
        LikelyError: If the events cannot be learnt from.
    """
    content, labels = study.content, data.labels
    loss = build_loss(content)
    if content.model.net == BOOSTED:
        net = replace(build_boosting(content), watch=watch, log=log)
        return _learnt(content, data, loss, net)
    outputs = outputs_of(loss) if labels is None else len(labels.classes)
    net = build_net(content, data.features, outputs)
    minimiser = replace(build_minimiser(content, checkpoint), watch=watch, log=log)
    return _learnt(content, data, loss, net, minimiser)


def _learnt(
    content: Any, data: LearningData, loss: Any, net: Any, minimiser: Any = None
) -> Classification | Regression:
    """Return a model that has learnt the events of a study."""
    labels, features = data.labels, data.features
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


def _baseline_of(study: LearningStudy, data: LearningData) -> Any:
    """Return boosted trees that have learnt the same events, None if not asked for."""
    content = study.content
    if content.report.baseline is None:
        return None
    with progress("boosting trees to compare with"):
        return _learnt(content, data, Categorical(), Boosting(seed=content.seed))


def _judged(
    study: LearningStudy, found: Any, baseline: Any
) -> Evaluation | RegressionEvaluation:
    report = study.content.report
    if isinstance(found, Regression):
        return evaluate_regression(found)
    return evaluate(
        found,
        working_points=report.working_points,
        importance=report.importance,
        seed=study.content.seed,
        baseline=baseline,
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


def _write_report(outcome: Trained, study: LearningStudy, folder: RunFolder) -> None:
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
