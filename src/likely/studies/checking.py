"""What a study would run, without running it: no fit, no JAX."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

from ..data import Binned, Dataset, Stream
from .inputs import StudyData, read_data
from .learning.check import LearningCheck, check_learning
from .learning.study import LearningStudy
from .loading import Files, StudyLike, load
from .plan import Leaf, ModelPlan
from .ranges import range_notes
from .study import Study
from .toy_study import ToyStudy


@final
@dataclass(frozen=True)
class Check:
    """A study that can be run, and the data that it would fit.

    Args:
        study: Whose grammar, names, files and columns are right.
        data: Selected by the study.
        notes: What a careful reader wants to know.
    """

    study: Study
    data: StudyData
    notes: tuple[str, ...] = ()

    @property
    def n_in_range(self) -> int | None:
        """Return how many events lie in the ranges; None if they are streamed."""
        return self.data.n_in_range

    @property
    def sum_of_weights(self) -> float:
        """Return the sum of their weights."""
        return self.data.sum_of_weights

    @property
    def events(self) -> Dataset | Binned | Stream:
        """Return what the only model, or the first of several, is fitted to."""
        return next(iter(self.data.parts.values()))

    def __str__(self) -> str:
        """Return what would run, as text."""
        study, plan = self.study, self.study.plan
        fit = study.content.fit
        head = [("study", f"{study.name} (kind {study.content.kind})")]
        for source in self.data.sources:
            count = f"{source.events_read} events, {source.events_selected} selected"
            head.append(("data", f"{source.file}: {count}"))
        weights = f", sum of weights {self.sum_of_weights:.6g}"
        weighted = weights if self.data.weighted else ""
        spans = "; ".join(
            f"{o.label} in [{o.lower:g}, {o.upper:g}]" for o in plan.fitted
        )
        what = f"{self.n_in_range} events{weighted}"
        if self.data.streamed:
            head += [("data", str(location.path)) for location in study.locations]
            what = "events that stay in their files"
        head.append(("fitted", f"{what}, {spans}"))
        head += [("", line) for line in _parts(self)]
        kind = "extended" if plan.extended else "not extended"
        free = sum(not leaf.fixed for leaf in plan.leaves)
        head.append(("model", f"{kind}, {free} free parameters"))
        errors = ", ".join(fit.errors) or "none"
        head.append(("fit", f"minimiser {fit.minimiser}, errors {errors}"))
        head += [("note", note) for note in self.notes]
        lines = [f"{key:<7} {value}" for key, value in head]
        return "\n".join([*lines, "", *_components(study), "", *_parameters(study)])


@final
@dataclass(frozen=True)
class ToyCheck:
    """Toys that can be run.

    Args:
        study: Whose grammar, fit and truth are right.
    """

    study: ToyStudy

    def __str__(self) -> str:
        """Return what would run, as text."""
        study = self.study
        truth = "fitted values of its run" if study.fitted else "start values"
        if study.n_events is None:
            events = "as many events as the yields say, Poisson distributed"
        else:
            events = f"{study.n_events} events each"
        coverage = "Hesse and MINOS" if study.minos else "Hesse"
        head = [
            ("study", f"{study.name} (kind toys)"),
            ("fit", study.content.study),
            ("truth", truth),
            ("toys", f"{study.content.toys}, {events}, seed {study.content.seed}"),
            ("errors", f"coverage of {coverage} intervals"),
        ]
        lines = [f"{key:<7} {value}" for key, value in head]
        base = study.base
        return "\n".join([*lines, "", *_components(base), "", *_parameters(base)])


def check(
    study: StudyLike,
    *,
    overrides: Iterable[str] = (),
    seed: int | None = None,
    data: Files | None = None,
) -> "Check | ToyCheck | LearningCheck":
    """Return what a study would run: grammar, model, files, columns, events in range.

    Args:
        study: A file, the name of a bundled study, or the content as a mapping.
        overrides: `dotted.key=value` each, the value in YAML.
        seed: Replaces the study's own.
        data: Files that replace the study's own.

    Raises:
        LikelyError: If it cannot be run; the message says where the fault is.
    """
    loaded = load(study, overrides=overrides, seed=seed, data=data)
    if isinstance(loaded, ToyStudy):
        return ToyCheck(loaded)
    if isinstance(loaded, LearningStudy):
        return check_learning(loaded)
    return check_loaded(loaded)


def check_loaded(study: Study) -> Check:
    """Return what a loaded study would run.

    Raises:
        LikelyError: If its events cannot be read or fitted.
    """
    data = read_data(study.content, study.plan, study.document)
    if data.sum_of_weights <= 0 and not data.streamed:
        path = next(p for p, s in study.content.sources.items() if s.weight)
        raise study.document.error(
            (*path, "weight"),
            f"sums to {data.sum_of_weights:g} over the events in range; it must be "
            "positive.",
        )
    return Check(study, data, tuple(_notes(study, data)))


def _parts(checked: "Check") -> Iterable[str]:
    """Yield what each of several models, or one in bins, is fitted to."""
    for model in checked.study.plan.models:
        part = checked.data.parts[model.name]
        if isinstance(part, Binned) or (model.name and isinstance(part, Dataset)):
            yield f"{model.name}: {_size(part, model)}".removeprefix(": ")


def _size(part: Dataset | Binned, model: ModelPlan) -> str:
    if isinstance(part, Dataset):
        return f"{len(part)} events of {', '.join(model.observables)}"
    bins = " x ".join(str(n) for n in part.counts.shape)
    return f"{part.total:.6g} events in {bins} bins of {', '.join(part.names)}"


def _notes(study: Study, data: StudyData) -> Iterable[str]:
    plan, n = study.plan, data.n_in_range
    yield from data.notes
    if plan.blind:
        yield f"blind: {', '.join(plan.blind)}."
    yield from range_notes(plan)
    free = [leaf for leaf in plan.leaves if not leaf.fixed]
    if not free:
        yield "no parameter is free: nothing will be fitted."
    if n is not None and n <= len(free):
        yield f"only {n} events for {len(free)} free parameters."


def _components(study: Study) -> list[str]:
    sizes = "yield" if study.plan.extended else "fraction"
    rows = [("component", sizes, "pdf")]
    for model in study.plan.models:
        place = f"{model.name}." if model.name else ""
        rows += [
            (f"{place}{c.name}", c.size or "the rest", str(c.density))
            for c in model.components
        ]
    return _table(rows)


def _parameters(study: Study) -> list[str]:
    rows = [("parameter", "start", "limits", "unit", "")]
    for leaf in study.plan.leaves:
        rows.append(
            (leaf.name, f"{leaf.value:g}", _limits(leaf), leaf.unit, _flag(leaf))
        )
    for formula in study.plan.formulas:
        text = formula.expression.text
        flag = "hidden" if formula.hidden else "derived"
        rows.append((formula.name, "", text, formula.unit, flag))
    return _table(rows)


def _limits(leaf: Leaf) -> str:
    if leaf.min is None and leaf.max is None:
        return ""
    low = "" if leaf.min is None else f"{leaf.min:g}"
    return f"[{low}, {'' if leaf.max is None else f'{leaf.max:g}'}]"


def _flag(leaf: Leaf) -> str:
    return "fixed" if leaf.fixed else "blind" if leaf.blinding else ""


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    """Return rows of texts as aligned lines."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
