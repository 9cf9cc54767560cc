"""Which of the models are fitted in bins, and what only a binned fit has."""

from collections.abc import Iterator, Mapping

from ..core.errors import nearest
from .plan import Plan
from .schema import FitStudy
from .schema_data import BinningSection, DataSection
from .yaml_reader import Path

Bins = Mapping[str, int | tuple[float, ...]]


def binning(
    study: FitStudy, model: str, observables: tuple[str, ...]
) -> tuple[Bins | None, list[tuple[Path, str]]]:
    """Return the bins of a model's observables; None if it is fitted event by event.

    Args:
        study: Whose `binned` is at top level, or in the section of the data.
        model: Its name; empty if there is only one.
        observables: Of the model, in its order.
    """
    path, section = _source(study, model)
    twice = study.binned is not None and study.data is not None
    if section.histogram is not None:
        text = "is for events, and `data` is a histogram."
        return None, [(("binned",), text)] if twice else []
    if section.binned is not None and twice:
        text = "stands beside `data.binned`; give one of them."
        return None, [(("binned",), text)]
    if section.binned is not None:
        return _of_section(study, section.binned, (*path, "binned"), observables)
    if study.binned is None:
        return None, []
    if model and not {*observables} & {*study.binned}:
        return None, []  # of several models some may be fitted event by event
    return _of_section(study, study.binned, ("binned",), observables)


def _of_section(
    study: FitStudy,
    sections: Mapping[str, BinningSection],
    place: Path,
    observables: tuple[str, ...],
) -> tuple[Bins, list[tuple[Path, str]]]:
    faults: list[tuple[Path, str]] = []
    for name in sections:
        if name not in study.observables:
            hint = nearest(name, study.observables)
            faults.append(((*place, name), f"names no observable; {hint}"))
    missing = [name for name in observables if name not in sections]
    if missing and not faults:
        listed = " and ".join(f"`{name}`" for name in missing)
        text = f"lacks {listed}: every observable of the model has its bins."
        faults.append((place, text))
    bins: dict[str, int | tuple[float, ...]] = {}
    for name in observables:
        if name in sections and name in study.observables:
            bins[name] = _bins(sections[name])
            faults += _edge_faults(study, name, sections[name], (*place, name, "edges"))
    return bins, faults


def check_options(study: FitStudy, plan: Plan) -> Iterator[tuple[Path, str]]:
    """Yield what of `fit` and of the models does not go with the data."""
    histograms = {
        path[-1]: section.histogram is not None
        for path, section in study.sources.items()
    }
    any_binned = any(histograms.values())
    for model in plan.models:
        binned = model.bins is not None or histograms.get(model.name or "data", False)
        any_binned |= binned
        if binned and model.given:
            place: Path = ("model",)
            if model.name:
                place = ("simultaneous", "models", model.name)
            yield (
                place,
                f"is given `{model.given[0]}`, a column of each event, but its data "
                "are binned; fit it without `binned`.",
            )
    if study.fit.stream == "always" and not can_stream(study, plan):
        yield (
            ("fit", "stream"),
            "is always, which is for events that are not in bins; leave it out.",
        )
    if any_binned:
        return
    for key, default in (("loss", "likelihood"), ("templates", "exact")):
        if getattr(study.fit, key) != default:
            yield (
                ("fit", key),
                f"is {getattr(study.fit, key)}, which is for binned data; add "
                "`binned`, or leave it out.",
            )


def can_stream(study: FitStudy, plan: Plan) -> bool:
    """Return whether the events may stay in their files: none are in bins."""
    in_events = all(section.histogram is None for section in study.sources.values())
    return in_events and all(model.bins is None for model in plan.models)


def _source(study: FitStudy, model: str) -> tuple[tuple[str, ...], DataSection]:
    if study.data is not None:
        return ("data",), study.data
    return ("datasets", model), (study.datasets or {})[model]


def _bins(section: BinningSection) -> int | tuple[float, ...]:
    if section.bins is not None:
        return section.bins
    return tuple(section.edges or ())


def _edge_faults(
    study: FitStudy, name: str, section: BinningSection, place: Path
) -> Iterator[tuple[Path, str]]:
    if section.edges is None:
        return
    lower, upper = study.observables[name].range
    if (section.edges[0], section.edges[-1]) != (lower, upper):
        yield (
            place,
            f"go from {section.edges[0]:g} to {section.edges[-1]:g}, and the range of "
            f"`{name}` from {lower:g} to {upper:g}; they must begin and end there.",
        )
