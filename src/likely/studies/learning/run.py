"""The kinds `classify` and `regress`: from events to the files of a run folder."""

import time
from dataclasses import asdict, replace
from typing import Any

from ...core.listener import progress
from ...fit.logs.logs import Logs
from ...fit.losses import Categorical
from ...methods import (
    Boosting,
    Evaluation,
    Regression,
    RegressionEvaluation,
    evaluate,
    evaluate_regression,
    save_predictor,
)
from ..run_folder import RunFolder
from .events import LearningData, read_parts
from .logs import logs_of, numbers_of
from .run_files import Trained, write_report, write_result
from .searching import TRIALS, searched
from .study import LearningStudy
from .training import learnt, trained
from .trial_task import Kept, study_with

CHECKPOINT = "checkpoint.safetensors"
# The study of the best trial alone.
BEST = "best.yaml"


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
    write_result(outcome, study, folder, timings)
    begin = time.perf_counter()
    write_report(outcome, study, folder)
    timings["report"] = time.perf_counter() - begin
    write_result(outcome, study, folder, timings)
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
        write_result(outcome, study, folder, timings)
    return outcome


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
        return learnt(content, data, Categorical(), Boosting(seed=content.seed))


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
