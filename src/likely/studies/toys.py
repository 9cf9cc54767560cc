"""The kind `toys`: from a fit and a seed to the files of a run folder."""

import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..core import LikelyError, ParameterSpace, progress
from ..data import Dataset, read, write
from ..fit.fit import library_versions
from ..stats import Toys, growing_toys
from .build import build
from .data_tests import DataTests
from .fitting import loss_of
from .inputs import StudyData, read_data
from .run_folder import RunFolder
from .toy_study import ToyStudy

TOYS = "toys.parquet"
CHECKPOINT = "checkpoint.json"
# Seconds between two checkpoints.
PATIENCE = 2.0


def run_toys(study: ToyStudy, folder: RunFolder, *, resume: bool = False) -> Toys:
    """Draw and fit the toys, write the run folder, and return them.

    `toys.parquet` is written anew every few seconds, whole or not at all. Toy i has the
    same random numbers whenever it is made, so a run that goes on from there ends with
    the same numbers as one that was never stopped.

    Args:
        study: Loaded and checked.
        folder: Claimed for this run.
        resume: Whether toys that an earlier run left there are kept.

    Raises:
        LikelyError: If the toys in the folder are of another study, or a file cannot be
            written.
    """
    content, base = study.content, study.base
    built = build(base.plan)
    data = None
    if study.of_data or study.tested:
        with progress(f"reading {len(base.locations)} file(s)"):
            data = read_data(base.content, base.plan, base.document)
    options = {"seed": content.seed, "n_events": study.n_events, "minos": study.minos}
    fingerprint = _fingerprint(study, data)
    truth = {p.name: p.value for p in ParameterSpace.of(built.model).free}
    earlier = _earlier(folder, fingerprint, truth, content.seed) if resume else None
    folder.make()
    folder.clear()
    if earlier is None:
        (folder.path / TOYS).unlink(missing_ok=True)
    else:
        folder.note(f"{len(earlier)} toys are there already")
    folder.write("study.yaml", study.text)
    # Fits of the data first: toys take longer, and these may fail.
    tests = DataTests.of(study, data) if data is not None and study.tested else None
    source, loss = built.model, loss_of(base.content.fit, built)
    if data is not None and study.of_data:
        source, loss = loss.objective(built.model, data.to_fit), None
    steps = growing_toys(source, content.toys, **options, loss=loss, earlier=earlier)
    made, written = next(steps), 0.0
    while len(made) < content.toys:
        if time.perf_counter() - written > PATIENCE:
            _write_toys(made, folder, fingerprint)
            written = time.perf_counter()
        made = next(steps)
    _write_toys(made, folder, fingerprint)
    timings = {"toys": made.seconds}
    if tests is not None:
        begin = time.perf_counter()
        made = tests.added(made, content.toys, content.seed)
        timings["tests"] = time.perf_counter() - begin
    folder.note(f"done\n{made}")
    begin = time.perf_counter()
    provenance = {**library_versions(), "seed": content.seed}
    _write_report(made, study, folder, timings=timings, provenance=provenance)
    timings["report"] = time.perf_counter() - begin
    result = made.to_dict() | {"timings": timings, "provenance": provenance}
    text = json.dumps({"kind": "toys", **result, "toys": TOYS}, indent=2)
    folder.write("result.json", text + "\n")
    folder.note(f"finished, report in {timings['report']:.1f} s")
    return made


def _write_report(
    toys: Toys, study: ToyStudy, folder: RunFolder, **facts: dict[str, Any]
) -> None:
    # matplotlib is slow to import, and toys that fail early do not need it.
    from ..report import write_toys_report

    with progress("drawing the report"):
        files = write_toys_report(
            folder.path, toys, study_text=study.text, title=study.title, **facts
        )
    folder.keep_figures(files)


def _fingerprint(study: ToyStudy, data: StudyData | None) -> str:
    """Return what toys depend on, their number apart, as one hash."""
    plan = study.base.plan
    like = data.sources if data is not None and study.of_data else ()
    said = {
        "like": [source.sha256 for source in like],
        "seed": study.content.seed,
        "n_events": study.n_events,
        "minos": study.minos,
        "observables": repr(plan.observables),
        "scalars": repr(plan.scalars),
        "models": repr(plan.models),
        "constraints": repr(plan.constraints),
        "versions": library_versions(),
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _write_toys(toys: Toys, folder: RunFolder, fingerprint: str) -> None:
    # What they are of is written first: toys without it are never gone on from.
    said = {"fingerprint": fingerprint, "seconds": toys.seconds}
    folder.write(CHECKPOINT, json.dumps(said) + "\n")
    columns = {k: np.asarray(v) for k, v in toys.columns().items()}
    write(Dataset.of(columns), folder.path / TOYS)


def _earlier(
    folder: RunFolder, fingerprint: str, truth: Mapping[str, float], seed: int
) -> Toys | None:
    """Return the toys of an earlier run of the same study; None if it left none.

    Raises:
        LikelyError: If they are of another study, or cannot be read.
    """
    file = folder.path / CHECKPOINT
    if not file.is_file() or not (folder.path / TOYS).is_file():
        return None
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        known, seconds = said["fingerprint"], float(said["seconds"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise LikelyError(
            f"`--resume`: `{file}` cannot be read ({error!r}); run without `--resume`."
        ) from None
    if known != fingerprint:
        raise LikelyError(
            f"`--resume`: the toys in `{folder.path}` are of another study, seed, "
            "truth or version of likely; run without `--resume`, or in another folder."
        )
    columns = read(folder.path / TOYS).columns
    try:
        return Toys.of_columns(columns, truth, seed=seed, seconds=seconds)
    except KeyError as error:
        raise LikelyError(
            f"`--resume`: `{folder.path / TOYS}` lacks the column {error}; run without "
            "`--resume`."
        ) from None
