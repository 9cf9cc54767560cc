"""The kind `fit`: from the events to the files of a run folder."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import asdict, replace
from typing import Any

from ..core import LikelyError, Result, progress
from ..distributions import save
from ..stats import Profile, concealed, goodness_of_fit, profile, projection
from .fitting import fitted
from .inputs import StudyData
from .ranges import range_notes
from .run_folder import RunFolder
from .study import Study

# A page with more curves than these is not read, and each costs a dozen fits.
MAX_PROFILES = 12
# The slopes are exact, so three points a side draw a smooth curve.
CURVE_POINTS = 7
# Profiles of a fit to these take seconds.
FEW_EVENTS = 200_000


def run_fit(
    study: Study, data: StudyData, folder: RunFolder, *, read_seconds: float = 0.0
) -> Result:
    """Fit, write the run folder, and return the result.

    Result and model are written before figures and page, so that nothing that fails in
    drawing can cost the fit.

    Args:
        study: Loaded and checked.
        data: Read by it, some of the events in the range.
        folder: Claimed for this run.
        read_seconds: What reading took.

    Raises:
        LikelyError: If the events cannot be fitted, or a file not written.
    """
    folder.make()
    provenance: dict[str, Any] = {"seed": study.content.seed}
    provenance["data"] = [asdict(source) for source in data.sources]
    _note_sources(folder, provenance["data"])
    result = _with_chi_square(fitted(study, data), study)
    if data.streamed:
        provenance["data"] = result.provenance["data"]
        _note_sources(folder, provenance["data"])
    whole = replace(
        result,
        status=result.status.noting(*range_notes(study.plan), *data.notes),
        timings={"read": read_seconds, **result.timings, "report": 0.0},
        provenance={**result.provenance, **provenance},
    )
    result = concealed(whole)
    folder.note(f"fitted\n{result}")
    folder.clear()
    folder.write("study.yaml", study.text)
    save(result.model, folder.path / "model.json")
    _write_result(result, folder)
    begin = time.perf_counter()
    _write_report(result, whole, study, folder)
    spent = time.perf_counter() - begin
    result = replace(result, timings={**result.timings, "report": spent})
    _write_result(result, folder)
    folder.note(f"finished, report in {spent:.1f} s")
    return result


def _note_sources(folder: RunFolder, sources: Iterable[Mapping[str, Any]]) -> None:
    for source in sources:
        folder.note(
            f"read {source['file']}: {source['events_read']} events, "
            f"{source['events_selected']} selected, sha256 {source['sha256']}"
        )


def _with_chi_square(result: Result, study: Study) -> Result:
    """Return the result with the chi-square of its projection, where there is one."""
    if not result.status.ok:
        return result  # of no minimum it says nothing, and looks as if it did
    free = sum(not e.fixed for e in result.estimates)
    if study.plan.simultaneous or len(study.plan.fitted) > 1:
        return result  # no single projection says how well the fit describes the data
    observable, bins = study.plan.fitted_observable, study.content.report.bins
    try:
        binned = projection(result, observable.name, bins=bins)
        return replace(result, goodness_of_fit=goodness_of_fit(binned, free))
    except LikelyError as error:
        return replace(result, status=result.status.noting(f"no chi-square: {error}"))


def _write_result(result: Result, folder: RunFolder) -> None:
    content: dict[str, Any] = result.to_dict("fit")
    folder.write("result.json", json.dumps(content, indent=2, allow_nan=False) + "\n")


def _write_report(
    result: Result, whole: Result, study: Study, folder: RunFolder
) -> None:
    """Write the page of a result, with profiles around the values that were fitted."""
    # matplotlib is slow to import, and a fit that fails early does not need it.
    from ..report import write_report

    report = study.content.report
    with _meanwhile(_profiles, whole, study, folder) as profiles:
        with progress("drawing the report"):
            files = write_report(
                folder.path,
                result,
                study_text=study.text,
                title=study.title,
                bins=report.bins,
                log=report.log,
                profiles=profiles,
            )
    folder.keep_figures(files)


@contextmanager
def _meanwhile(
    function: Callable[..., list[Profile]], result: Result, *others: Any
) -> Iterator[Callable[[], list[Profile]]]:
    """Begin a computation that leaves the interpreter free; yield what waits for it.

    With many events it begins when it is asked for: an interrupt could not stop it,
    and next to it drawing takes no time.
    """
    if result.n_events > FEW_EVENTS:
        yield lambda: function(result, *others)
        return
    with ThreadPoolExecutor(max_workers=1) as pool:
        # Progress is told to the listener of this context.
        context = copy_context()
        yield pool.submit(context.run, function, result, *others).result


def _profiles(result: Result, study: Study, folder: RunFolder) -> list[Profile]:
    """Return the profile of each parameter that has MINOS errors."""
    names = [e.name for e in result.estimates if e.lower is not None or e.upper]
    if not result.status.ok or "minos" not in study.content.fit.errors:
        return []
    if len(names) > MAX_PROFILES:
        folder.note(f"profile curves of the first {MAX_PROFILES} parameters only")
        names = names[:MAX_PROFILES]
    with progress("profiles", len(names)) as tell:
        found = []
        for name in names:
            found.append(profile(result, name, points=CURVE_POINTS))
            tell(name)
    return found
