"""The front door: a study in, a run folder out."""

import os
import time
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, final

from ..core.errors import LikelyError
from ..core.listener import progress
from ..core.result import Result
from ..methods.search import check_workers
from .inputs import read_data
from .learning.study import LearningStudy
from .loading import Files, StudyLike, load
from .run_folder import LOG, RunFolder
from .study import Study
from .toy_study import ToyStudy

if TYPE_CHECKING:
    from ..stats import Toys
    from .learning.run_files import Trained


@final
@dataclass(frozen=True)
class Run:
    """What a run leaves.

    Args:
        folder: Where its files are.
        study: As it was run.
        result: As `result.json` holds it, with the model and the events.
    """

    folder: Path
    study: Study | ToyStudy | LearningStudy
    result: "Result | Toys | Trained"

    @property
    def ok(self) -> bool:
        """Return whether the result can be used."""
        return self.result.ok

    @property
    def message(self) -> str:
        """Return what became of it, in a sentence."""
        return self.result.message

    @property
    def report(self) -> Path:
        """Return the page to open."""
        return self.folder / "report.html"

    def __str__(self) -> str:
        """Return the result as a table, and where the report is."""
        return f"{self.result}\nreport: {self.report}"


def run(
    study: StudyLike,
    *,
    out: str | os.PathLike[str] | None = None,
    overrides: Iterable[str] = (),
    seed: int | None = None,
    data: Files | None = None,
    resume: bool = False,
    workers: int | str | None = None,
) -> Run:
    """Run a study, and leave report, result, figures, model, study and log in a folder.

    Args:
        study: A file, the name of a bundled study, or the content as a mapping.
        out: The run folder; by default `NAME-run` in the current folder. One that holds
            an earlier run is overwritten, one that holds anything else is an error.
        overrides: `dotted.key=value` each, the value in YAML.
        seed: Replaces the study's own.
        data: Files that replace the study's own.
        resume: Go on where an earlier run in the folder was stopped; a fit, which is
            done in one go, begins anew.
        workers: Where the trials of a search are made: a number of processes, the
            address of a Dask scheduler (or the `.json` file it writes), or None for
            this process. The answer does not depend on it.

    Raises:
        LikelyError: If the study cannot be run. A fit that fails is a result too.
    """
    loaded = load(study, overrides=overrides, seed=seed, data=data)
    _check_workers(loaded, workers)
    folder = RunFolder.claim(f"{loaded.name}-run" if out is None else out)
    try:
        result = _run(loaded, folder, resume=resume, workers=workers)
    except LikelyError as error:
        _note(folder, f"stopped: {error}")
        raise
    except KeyboardInterrupt:
        _note(folder, "stopped: interrupted")
        raise
    except Exception as error:
        folder.make()
        folder.note(f"failed inside likely\n{traceback.format_exc()}")
        error.add_note(f"the trace is in `{folder.path / LOG}`.")
        raise
    return Run(folder.path, loaded, result)


def _check_workers(
    study: Study | ToyStudy | LearningStudy, workers: int | str | None
) -> None:
    if workers is None:
        return
    if not isinstance(study, LearningStudy) or study.content.search is None:
        raise LikelyError(
            "`workers` and `scheduler` are for the trials of a `search`, and the study "
            "has none; leave them out."
        )
    check_workers(workers)


def _run(
    study: Study | ToyStudy | LearningStudy,
    folder: RunFolder,
    *,
    resume: bool,
    workers: int | str | None,
) -> "Result | Toys | Trained":
    if isinstance(study, ToyStudy):
        with progress("starting JAX"):
            from .toys import run_toys
        return run_toys(study, folder, resume=resume)
    if isinstance(study, LearningStudy):
        with progress("starting JAX"):
            from .learning.run import run_learning
        return run_learning(study, folder, resume=resume, workers=workers)
    begin = time.perf_counter()
    with progress(f"reading {len(study.locations)} file(s)"):
        data = read_data(study.content, study.plan, study.document)
    spent = time.perf_counter() - begin
    # JAX takes seconds to import: whatever is wrong with study or data is told before.
    with progress("starting JAX"):
        from .fit import run_fit
    # Half a second of imports that the compiler leaves room for.
    Thread(target=import_module, args=("likely.report.write",), daemon=True).start()
    return run_fit(study, data, folder, read_seconds=spent)


def _note(folder: RunFolder, text: str) -> None:
    try:
        folder.note(text)
    except LikelyError:
        return  # the folder cannot be written, which is what the run stopped for
