"""The data of a study: events that are selected, split and binned as it says."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from ..core.errors import LikelyError
from ..core.expression import parse
from ..data import (
    Binned,
    Dataset,
    Source,
    Stream,
    read,
    read_histogram,
    should_stream,
    stream,
)
from .binning import can_stream
from .categories import split
from .document import Document
from .plan import ModelPlan, Plan
from .ranges import in_range, in_ranges
from .schema import FitStudy
from .schema_data import DataSection
from .sources import density_sections, observables_in, placed
from .yaml_reader import Path as KeyPath


@final
@dataclass(frozen=True)
class StudyData:
    """What is fitted.

    Args:
        parts: Events or a histogram for each model, by its name.
        sources: The files behind them; of a stream they are known after the fit.
        n_in_range: How many events there are in the ranges of the observables; None of
            a stream, which has not been read.
        sum_of_weights: Of those.
        weighted: Whether any of them have weights.
        notes: What a careful reader wants to know.
    """

    parts: Mapping[str, Dataset | Binned | Stream]
    sources: tuple[Source, ...]
    n_in_range: int | None
    sum_of_weights: float
    weighted: bool = False
    notes: tuple[str, ...] = ()

    @property
    def streamed(self) -> bool:
        """Return whether the events stay in their files."""
        return any(isinstance(part, Stream) for part in self.parts.values())

    @property
    def to_fit(self) -> Any:
        """Return the data of the only model, or of each by its name."""
        return self.parts[""] if "" in self.parts else dict(self.parts)


def read_data(study: FitStudy, plan: Plan, document: Document) -> StudyData:
    """Return the data of a study.

    Args:
        study: With absolute file names.
        plan: Which observables are fitted; the ranges of the others are selections.
        document: Where it was written, for the place in an error.

    Raises:
        LikelyError: If the data cannot be read or are not what the model needs.
    """
    if _to_be_streamed(study, plan, document):
        return _streams(study, plan, document)
    found: dict[str, Dataset | Binned] = {}
    sources: list[Source] = []
    notes: list[str] = []
    for path, section in study.sources.items():
        model = _model_of(study, path)
        if section.histogram is not None:
            (own,) = [m for m in plan.models if m.name == (model or "")]
            binned = _histogram(section, path, own, plan, document)
            found[own.name] = binned
            sources += binned.sources
            notes += binned.notes
            continue
        events = _events(section, path, plan, document, model=model)
        sources += events.sources
        if model is not None:
            found[model] = events
        elif plan.simultaneous:
            found |= split(events, plan, document, notes)
        else:
            found[""] = events
    for model in plan.models:
        part = found[model.name]
        if isinstance(part, Dataset):
            found[model.name] = _checked(part, model, plan, study, document)
    parts = {model.name: found[model.name] for model in plan.models}
    return _counted(parts, tuple(sources), tuple(notes), plan)


def read_events(
    study: FitStudy, plan: Plan, document: Document, *, all_columns: bool = False
) -> Dataset:
    """Return the selected events of a study that has one dataset.

    Args:
        study: With absolute file names.
        plan: Which observables are fitted; the ranges of the others are selections.
        document: Where it was written, for the place in an error.
        all_columns: Whether to return every column, of the files and defined.

    Raises:
        LikelyError: If the data cannot be read, no event is selected, or they are a
            histogram or several datasets.
    """
    section = study.data
    if section is None or section.histogram is not None:
        place: KeyPath = ("datasets",) if section is None else ("data", "histogram")
        raise document.error(place, "holds no single set of events, as is needed here.")
    return _events(section, ("data",), plan, document, all_columns=all_columns)


def _events(
    section: DataSection,
    path: KeyPath,
    plan: Plan,
    document: Document,
    *,
    model: str | None = None,
    all_columns: bool = False,
) -> Dataset:
    options = _options(section, plan, model)
    if all_columns:
        options["columns"] = None
    fitted = {name for m in _models(plan, model) for name in m.observables}
    units = {name: plan.observables[name].unit for name in fitted}
    units = {name: unit for name, unit in units.items() if unit}
    try:
        return read(section.file, **options, units=units or None)
    except LikelyError as error:
        place = (*path, *_entry(error))
        raise document.error(place, f"cannot be used: {error}") from None


def _models(plan: Plan, model: str | None) -> list[ModelPlan]:
    return [m for m in plan.models if model is None or m.name == model]


def _options(section: DataSection, plan: Plan, model: str | None) -> dict[str, Any]:
    """Return what `read` is to be told: columns, tree, selection, definitions."""
    models = _models(plan, model)
    fitted = list(dict.fromkeys(name for m in models for name in m.observables))
    columns = [*fitted, *(name for m in models for name in m.given)]
    columns += [plan.by] if plan.by else []
    columns += [n for m in models if m.when for n in parse(m.when).names]
    selecting = [n for n in observables_in(plan, model) if n not in fitted]
    return {
        "columns": list(dict.fromkeys(columns)),
        "tree": section.tree,
        "select": _selection(section.select, plan, selecting),
        "define": section.define,
        "weight": section.weight,
    }


def _to_be_streamed(study: FitStudy, plan: Plan, document: Document) -> bool:
    """Return whether the events are too many for memory, or the study says so."""
    if study.fit.stream == "never" or not can_stream(study, plan):
        return False
    if study.fit.stream == "always":
        return True
    for path, section in study.sources.items():
        options = _options(section, plan, _model_of(study, path))
        with placed(document, (*path, "file")):
            if should_stream(section.file, **options):
                return True
    return False


def _streams(study: FitStudy, plan: Plan, document: Document) -> StudyData:
    """Return the data of a study, all of which stay in their files."""
    found: dict[str, Stream] = {}
    notes: list[str] = []
    for path, section in study.sources.items():
        model = _model_of(study, path)
        with placed(document, (*path, "file")):
            events = stream(section.file, **_options(section, plan, model))
        if model is None and plan.simultaneous:
            found |= split(events, plan, document, notes)
        else:
            found[model or ""] = events
    parts = {model.name: found[model.name] for model in plan.models}
    return StudyData(parts, (), None, 0.0, notes=tuple(notes))


def _model_of(study: FitStudy, path: KeyPath) -> str | None:
    """Return whose data a section holds; None where it is that of all models."""
    return None if study.data is not None else str(path[-1])


def _entry(error: LikelyError) -> KeyPath:
    """Return the entry of a section of data that an error of `read` is about."""
    match = re.search(r"`(select|weight|define)(?:\.(\w+))?`?: ", str(error))
    if match is None:
        return ("select",) if "the selection" in str(error) else ("file",)
    return tuple(part for part in match.groups() if part)


def _selection(select: str | None, plan: Plan, names: Iterable[str]) -> str | None:
    """Return the selection, with the range of every observable that is not fitted."""
    observables = [plan.observables[name] for name in names]
    ranges = [f"{o.lower!r} <= {o.name} <= {o.upper!r}" for o in observables]
    if not ranges:
        return select
    return " and ".join([f"({select})", *ranges] if select else ranges)


def _histogram(
    section: DataSection,
    path: KeyPath,
    model: ModelPlan,
    plan: Plan,
    document: Document,
) -> Binned:
    """Return the histogram of a file, inside the ranges of the observables."""
    observables = [plan.observables[name] for name in model.observables]
    assert isinstance(section.file, str)  # the grammar wants one file
    with placed(document, (*path, "histogram")):
        whole = read_histogram(
            section.file, section.histogram, observables=model.observables
        )
        binned = whole.within(observables)
    for observable, edges in zip(observables, binned.edges, strict=True):
        ends, wanted = edges[[0, -1]], [observable.lower, observable.upper]
        if not np.allclose(ends, wanted, rtol=0, atol=1e-6 * np.diff(edges).min()):
            raise document.error(
                ("observables", observable.name),
                f"has the range [{observable.lower:g}, {observable.upper:g}], and the "
                f"bins inside it span [{ends[0]:g}, {ends[1]:g}]; give a range that "
                "begins and ends with a bin.",
            )
    return binned


def _checked(
    events: Dataset, model: ModelPlan, plan: Plan, study: FitStudy, document: Document
) -> Dataset | Binned:
    """Return the events of a model, finite and in range, in bins if it has some."""
    observables = [plan.observables[name] for name in model.observables]
    in_range(events, observables, document)
    for name in model.given:
        bad = int((~np.isfinite(np.asarray(events[name], float))).sum())
        if bad:
            raise document.error(
                next(p for p, s in density_sections(study) if name in (s.given or ())),
                f"is given `{name}`, which is not finite in {bad} of {len(events)} "
                f"selected events; leave them out, with `isfinite({name})`.",
            )
    if model.bins is None:
        return events
    bins = {n: b if isinstance(b, int) else list(b) for n, b in model.bins.items()}
    return Binned.of(events, bins, observables)


def _counted(
    parts: Mapping[str, Dataset | Binned],
    sources: tuple[Source, ...],
    notes: tuple[str, ...],
    plan: Plan,
) -> StudyData:
    n, total, weighted = 0, 0.0, False
    for model in plan.models:
        part = parts[model.name]
        if isinstance(part, Binned):
            n, total = n + round(part.total), total + part.total
            weighted |= part.variances is not None
            continue
        inside = in_ranges(part, [plan.observables[name] for name in model.observables])
        n += int(inside.sum())
        weights = part.weights
        total += float(inside.sum() if weights is None else weights[inside].sum())
        weighted |= weights is not None
    return StudyData(parts, sources, n, total, weighted, notes)
