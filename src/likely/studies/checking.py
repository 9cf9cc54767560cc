"""What a study would run, without running it: no fit, no JAX."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

from ..data import Dataset
from .grammar import signature
from .inputs import in_range, range_notes, read_events
from .loading import Files, StudyLike, load
from .plan import Leaf
from .study import Study
from .toy_study import ToyStudy


@final
@dataclass(frozen=True)
class Check:
    """A study that can be run, and the data that it would fit.

    Args:
        study: Whose grammar, names, files and columns are right.
        events: Selected by the study.
        n_in_range: How many of them lie in the observable's range.
        sum_of_weights: Of those in the range.
        notes: What a careful reader wants to know.
    """

    study: Study
    events: Dataset
    n_in_range: int
    sum_of_weights: float
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return what would run, as text."""
        study, plan = self.study, self.study.plan
        fit = study.content.fit
        head = [("study", f"{study.name} (kind {study.content.kind})")]
        for source in self.events.sources:
            count = f"{source.events_read} events, {source.events_selected} selected"
            head.append(("data", f"{source.file}: {count}"))
        weights = f", sum of weights {self.sum_of_weights:.6g}"
        weighted = weights if self.events.weights is not None else ""
        observable = plan.fitted_observable
        span = f"{observable.label} in [{observable.lower:g}, {observable.upper:g}]"
        head.append(("fitted", f"{self.n_in_range} events{weighted}, {span}"))
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
) -> "Check | ToyCheck":
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
    return check_loaded(loaded)


def check_loaded(study: Study) -> Check:
    """Return what a loaded study would run.

    Raises:
        LikelyError: If its events cannot be read or fitted.
    """
    events = read_events(study.content, study.plan, study.document)
    inside = in_range(events, study.plan.fitted_observable, study.document)
    total = float(inside.sum())
    if events.weights is not None:
        total = float(events.weights[inside].sum())
        if total <= 0:
            raise study.document.error(
                ("data", "weight"),
                f"sums to {total:g} over the events in range; it must be positive.",
            )
    notes = tuple(_notes(study, int(inside.sum())))
    return Check(study, events, int(inside.sum()), total, notes)


def _notes(study: Study, n: int) -> Iterable[str]:
    plan = study.plan
    yield from range_notes(plan)
    free = [leaf for leaf in plan.leaves if not leaf.fixed]
    if not free:
        yield "no parameter is free: nothing will be fitted."
    if n <= len(free):
        yield f"only {n} events for {len(free)} free parameters."


def _components(study: Study) -> list[str]:
    sizes = "yield" if study.plan.extended else "fraction"
    rows = [("component", sizes, "pdf")]
    for component in study.plan.components:
        pdf = signature(component.pdf).partition("(")[0]
        arguments = (f"{key}={name}" for key, name in component.arguments.items())
        written = f"{pdf}({', '.join(arguments)})"
        rows.append((component.name, component.size or "the rest", written))
    return _table(rows)


def _parameters(study: Study) -> list[str]:
    rows = [("parameter", "start", "limits", "unit", "")]
    for leaf in study.plan.leaves:
        rows.append(
            (leaf.name, f"{leaf.value:g}", _limits(leaf), leaf.unit, _flag(leaf))
        )
    for formula in study.plan.formulas:
        text = formula.expression.text
        rows.append((formula.name, "", text, formula.unit, "derived"))
    return _table(rows)


def _limits(leaf: Leaf) -> str:
    if leaf.min is None and leaf.max is None:
        return ""
    low = "" if leaf.min is None else f"{leaf.min:g}"
    return f"[{low}, {'' if leaf.max is None else f'{leaf.max:g}'}]"


def _flag(leaf: Leaf) -> str:
    return "fixed" if leaf.fixed else ""


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    """Return rows of texts as aligned lines."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
