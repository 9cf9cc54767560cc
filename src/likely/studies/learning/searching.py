"""The search of a study: its trials, where they are made, and where they are kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from ...core.listener import Advance, use_progress
from ...methods.search import (
    Evaluate,
    Journal,
    Outcome,
    Search,
    Task,
    pool_of,
    run_search,
)
from ..run_folder import RunFolder
from .events import LearningData
from .study import LearningStudy
from .trial_content import plan_of
from .trial_task import (
    Kept,
    evaluated,
    evaluated_by_worker,
    told,
    versions,
)

TRIALS = "trials.json"


def searched(
    study: LearningStudy,
    data: LearningData,
    folder: RunFolder | None = None,
    *,
    resume: bool = False,
    workers: int | str | None = None,
) -> Search:
    """Make the trials of a study.

    Each one trains one network on the training events; what counts is the loss of the
    validation events, of the weights that would be kept. Test events are not touched.

    Args:
        study: With a search.
        data: Its events.
        folder: Where `trials.json` is written after each trial.
        resume: Whether trials that are there already are kept.
        workers: A number of processes, the address of a Dask scheduler, or None for
            this process.

    Raises:
        LikelyError: If trials cannot be made, or those in the folder are of another
            study.
    """
    plan = plan_of(study.content)
    journal = None if folder is None else _journal(study, data, folder)
    earlier = None if journal is None or not resume else journal.read()
    if earlier is not None and len(earlier.trials) >= plan.trials:
        workers = None  # there is nothing for them to do
    if workers is None:
        evaluate: Evaluate = partial(_here, study, Kept(study, data))
    else:
        evaluate = partial(evaluated_by_worker, told(study, data))

    def keep(search: Search) -> None:
        if journal is not None:
            journal.write(search)

    with pool_of(evaluate, workers) as pool:
        return run_search(plan, pool, earlier=earlier, keep=keep)


def _here(study: LearningStudy, kept: Kept, task: Task) -> Outcome:
    """Make a trial in this process, without telling of each training."""
    with use_progress(_silent):
        return evaluated(study, kept, task)


@contextmanager
def _silent(label: str, total: int | None) -> Iterator[Advance]:
    def advance(text: str = "") -> None:
        pass

    yield advance


def _journal(study: LearningStudy, data: LearningData, folder: RunFolder) -> Journal:
    # What does not change a trial, such as how many there are, may change meanwhile.
    free = {"name", "title", "description", "log", "report", "search"}
    content = study.content.model_dump(by_alias=True, exclude=free)
    search: Any = study.content.search
    of = {
        "study": content,
        "search": search.model_dump(exclude={"trials"}),
        "files": [source.sha256 for source in data.everything.sources],
        "versions": versions() | {"optuna": _optuna()},
    }
    return Journal(folder.path / TRIALS, of)


def _optuna() -> str | None:
    try:
        return version("optuna")
    except PackageNotFoundError:
        return None
