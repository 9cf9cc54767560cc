"""sWeights of a run: the events of its fit with one more column a component."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Bool

from ..core import LikelyError, Result, Status, nearest, progress
from ..data import Dataset, format_of, write
from ..distributions import load as load_model
from ..fit import Likelihood
from ..fit.events_of import column_names
from ..stats import FactorisationTest, SWeights, factorisation_test, sweights
from .build import build
from .inputs import in_range, read_events
from .loading import load
from .past_run import damaged, result_of_fit
from .run_folder import LOG
from .study import Study

PREFIX = "sweight_"
_ASSUMED = (
    "these weights give the distribution of a variable in a component only if, in each "
    "component, it is independent of `{name}`; "
)
_HOW_TO_TEST = "test it with `--control NAME`, or on simulated events of one component."


@final
@dataclass(frozen=True)
class Splot:
    """What `splot` leaves.

    Args:
        out: The file that was written.
        events: Its columns.
        weights: Of each component, at the events of the fit.
        tests: Of the control variables, by name.
    """

    out: Path
    events: Dataset
    weights: SWeights
    tests: Mapping[str, FactorisationTest]

    def __str__(self) -> str:
        """Return sums against yields, the tests of factorisation, and the file."""
        names = ", ".join(o.name for o in self.weights.functions.model.observables)
        assumed = _ASSUMED.format(name=names)
        tested = [f"{name}: {test}" for name, test in self.tests.items()]
        last = "a small p-value says that it is not." if tested else _HOW_TO_TEST
        return "\n".join(
            [
                str(self.weights),
                f"note: {assumed}{last}",
                *tested,
                f"written: {self.out} ({len(self.events)} events)",
            ]
        )


def splot(
    folder: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    control: Iterable[str] = (),
) -> Splot:
    """Write the events of a run, with the sWeights of each component as columns.

    The file has every column of the data, and those that the study defines, of the
    events that the fit used; component `signal` has the column `sweight_signal`, in
    which the weight of the event, if it has one, is a factor.

    Args:
        folder: Of a run of kind `fit` that converged.
        out: The file to make or to replace, its format by its ending.
        control: Columns to be tested for independence of the fitted observable, by the
            fit in two halves of each.

    Raises:
        LikelyError: If there is no such run, the fit did not converge or has one
            component, the data are no longer those of the fit, a column is not there
            or its name is taken, or the file cannot be written.
    """
    folder, out = Path(folder).expanduser(), Path(out).expanduser()
    format_of(out)  # before the work, not after it
    study = _study(folder)
    kept = result_of_fit(folder, "sWeights hold at the maximum only")
    _check_out(out, study)
    with progress(f"reading {len(study.locations)} file(s)"):
        events = _events(study, kept, folder)
    with progress("sWeights"):
        result = _result(study, kept, events, folder)
        weights = sweights(result)
    columns, own = dict(events.columns), events.weights
    observed = np.stack([columns[name] for name in column_names(result.model)])
    found = weights.functions.at(np.asarray(observed, float))
    for name, values in found.items():
        if PREFIX + name in columns:
            raise LikelyError(
                f"the data have a column `{PREFIX}{name}` already; leave it out of the "
                "file or rename the component."
            )
        columns[PREFIX + name] = values if own is None else values * own
    tests = _tests(result, events, list(control))
    written = Dataset.of(columns)
    write(written, out)
    return Splot(out, written, weights, tests)


def _study(folder: Path) -> Study:
    """Return the study of a run folder, as it was run."""
    if not (folder / LOG).is_file() or not (folder / "study.yaml").is_file():
        raise LikelyError(
            f"`{folder}` is no run folder; name one that `likely run` has made."
        )
    study = load(folder / "study.yaml")
    if not isinstance(study, Study):
        raise LikelyError(
            f"`{folder}` is a run of kind {study.content.kind}; sWeights are of a run "
            "of kind fit."
        )
    plan = study.plan
    if plan.simultaneous:
        raise LikelyError(
            f"`{folder}` is a simultaneous fit; sWeights are of the fit of one model."
        )
    if any(model.bins for model in plan.models):
        raise LikelyError(
            f"`{folder}` is a fit in bins; sWeights need the events one by one, in a "
            "fit without `binned`."
        )
    if set(plan.blind) & plan.sizes:
        raise LikelyError(
            f"`{folder}` is a fit whose yields are blind, and sWeights sum up to them; "
            "take `blind` out of the study first."
        )
    return study


def _check_out(out: Path, study: Study) -> None:
    for location in study.locations:
        if out.absolute() == location.path.absolute():
            raise LikelyError(
                f"`--out {out}` is the file that the events are read from; name "
                "another."
            )


def _events(study: Study, kept: Mapping[str, Any], folder: Path) -> Dataset:
    """Return the events that the fit used, with all columns."""
    events = read_events(study.content, study.plan, study.document, all_columns=True)
    try:
        before = [source["sha256"] for source in kept["provenance"]["data"]]
    except (KeyError, TypeError):
        raise damaged(folder) from None
    if before != [source.sha256 for source in events.sources]:
        raise LikelyError(
            f"the data of `{folder}` have changed since they were fitted; run the study"
            " again."
        )
    return _chosen(events, in_range(events, study.plan.fitted, study.document))


def _chosen(events: Dataset, mask: Bool[np.ndarray, " events"]) -> Dataset:
    columns = {name: column[mask] for name, column in events.columns.items()}
    own = None if events.weights is None else events.weights[mask]
    return Dataset.of(columns, weights=own)


def _result(
    study: Study, kept: Mapping[str, Any], events: Dataset, folder: Path
) -> Result:
    """Return the result of the run with its model and its events."""
    model = load_model(folder / "model.json")
    loss = Likelihood(constraints=build(study.plan).constraints)
    objective = loss.objective(model, events)
    try:
        names = tuple(map(str, kept["covariance"]["names"]))
        matrix = np.array(kept["covariance"]["matrix"], float)
        return Result(
            status=Status(ok=True, message=str(kept["status"]["message"])),
            estimates=(),
            derived=(),
            covariance=matrix.reshape(len(names), len(names)),
            covariance_names=names,
            loss=float(kept["loss"]),
            n_events=objective.n_events,
            sum_of_weights=objective.sum_of_weights,
            model=model,
            objective=objective,
        )
    except (KeyError, TypeError, ValueError):
        raise damaged(folder) from None


def _tests(
    result: Result, events: Dataset, control: list[str]
) -> dict[str, FactorisationTest]:
    used = np.ones(len(events), bool) if events.weights is None else events.weights != 0
    found = {}
    with progress("factorisation", len(control)) as tell:
        for name in control:
            if name not in events.columns:
                hint = nearest(name, events.columns)
                raise LikelyError(f"`--control`: no column `{name}`: {hint}")
            found[name] = factorisation_test(result, events[name][used])
            tell(name)
    return found
