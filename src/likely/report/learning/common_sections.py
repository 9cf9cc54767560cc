"""What the pages of classifications and of regressions have in common."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import equinox as eqx
import jax
import numpy as np

from ...core import LikelyError, Result
from ...data import Dataset, Features, Images, Inputs
from ...fit import Ensemble
from ...methods.search.trial import best_first, in_words
from ...nets import AbstractNet, specification
from ..numbers import grouped
from .sections import Cell, Table, named, numbers
from .training_figure import best_epochs, training_of, unit_of
from .trials import trials_of

MOST_TRIALS, MOST_FEATURES = 25, 200


def facts(result: Result, parts: Mapping[str, Dataset]) -> list[tuple[str, str]]:
    """Return what was trained, how long and with what."""
    events = [f"{grouped(len(data))} {name}" for name, data in parts.items()]
    found = [("Network", network(result.model)), ("Events", ", ".join(events))]
    leaves = jax.tree.leaves(eqx.filter(result.model, eqx.is_inexact_array))
    kinds = sorted({str(leaf.dtype) for leaf in leaves})
    training = training_of(result)
    if training is None:
        return [*found, ("Precision of the weights", ", ".join(kinds))]
    members = len(training.best_epoch)
    each = " each" if members > 1 else ""
    if members > 1:
        found.append(("Members", f"{members}"))
    count = f"{grouped(training.n_weights)}{each}"
    precision = ("Precision of the weights", ", ".join(kinds))
    length = f"{training.epochs}, {best_epochs(training)}"
    seconds = f"{np.median(training.seconds):.3g} s (median)"
    if unit_of(training) == "step":
        rows = [("Leaves", count), precision, ("Steps", length)]
        return [*found, *rows, ("Time of a step", seconds)]
    return [
        *found,
        ("Weights", count),
        precision,
        ("Epochs", length),
        ("Steps of an epoch", grouped(training.steps)),
        ("Time of an epoch", seconds),
    ]


def network(model: Any) -> str:
    """Return what a network is, in a line."""
    member = model.members if isinstance(model, Ensemble) else model
    try:
        if not isinstance(member, AbstractNet):
            return type(member).__name__
        known = specification(member)
    except LikelyError:  # a network of the user's own
        return type(member).__name__
    given = {k: v for k, v in known["options"].items() if v is not None}
    options = [f"{k} {in_words(v)}" for k, v in given.items()]
    return f"{known['net']}: {', '.join(options)}"


def sources(result: Result, parts: Mapping[str, Dataset]) -> dict[str, Any]:
    """Return the provenance of a result, with the files of the events."""
    known = {k: v for k, v in result.provenance.items() if v is not None}
    if known.get("data"):
        return known
    files: dict[tuple[Any, Any], dict[str, Any]] = {}
    # Parts may be of one file, of which each has taken some events.
    for data in {id(part): part for part in parts.values()}.values():
        for source in map(asdict, data.sources):
            first = files.setdefault(
                (source["file"], source["sha256"]), source | {"events_selected": 0}
            )
            first["events_selected"] += source["events_selected"]
    return known | {"data": list(files.values())}


def feature_tables(features: Inputs) -> Iterator[Table]:
    """Yield the tables of what a model is given: of columns or of images."""
    if isinstance(features, Images):
        shape = " × ".join(str(n) for n in features.shape)
        numbers_of = numbers(shape, _short(features.centre), _short(features.scale))
        yield Table(
            ("images", "shape", "taken off", "divided by"),
            [[named(features.column), *numbers_of]],
            note="Of each pixel, before the network gets it.",
        )
        return
    yield from _column_tables(features)


def _column_tables(features: Features) -> Iterator[Table]:
    missing = {"median": "median", "mask": "median, and an input that says so"}
    if features.numeric:
        columns = zip(features.numeric, features.centre, features.scale, strict=True)
        rows = [
            [
                named(name),
                Cell(features.units.get(name, ""), "calm"),
                *numbers(_short(centre), _short(scale)),
            ]
            for name, centre, scale in columns
        ]
        note = "Means and standard deviations are those of the training events."
        if not features.is_scaled:
            rows = [row[:2] for row in rows]
            note = "Numbers are given as they are."
        if features.missing == "keep":
            note += " What is missing goes where the trees have learnt."
        if features.missing in missing:
            note += f" What is missing becomes the {missing[features.missing]}."
        if len(rows) > MOST_FEATURES:
            note += f" The first {MOST_FEATURES} of {len(rows)} columns are shown."
        header = ("column", "unit", "mean", "standard deviation")[: len(rows[0])]
        yield Table(header, rows[:MOST_FEATURES], note=note)
    if features.categories:
        rows = [
            [named(name), Cell(", ".join(f"{v:g}" for v in values), "words")]
            for name, values in features.categories.items()
        ]
        each = "all but the first" if features.encoding == "dummy" else "each"
        note = f"There is an input of zeros and ones for {each} of the values."
        if features.codes:
            note = "The network learns a vector for each of the values."
        yield Table(("categorical column", "values"), rows, note=note)


def _short(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")


def trials_table(trials: Sequence[Mapping[str, Any]]) -> Table:
    """Return the trials of a search, the best one first."""
    known = best_first(trials_of(trials))
    names = list(dict.fromkeys(n for trial in known for n in trial.parameters))
    rows = [
        [
            named(f"{trial.number}"),
            Cell(trial.state, "" if trial.state == "complete" else "calm"),
            Cell("–" if trial.value is None else f"{trial.value:.6g}"),
            *[
                Cell(in_words(trial.parameters[n]) if n in trial.parameters else "–")
                for n in names
            ],
            Cell("–" if math.isnan(trial.seconds) else f"{trial.seconds:.3g} s"),
        ]
        for trial in known[:MOST_TRIALS]
    ]
    note = "The value is that of the validation events; smaller is better."
    if len(known) > MOST_TRIALS:
        note += f" The {MOST_TRIALS} best of {len(known)} trials are shown."
    best = known[0].state == "complete"
    header = "trial", "state", "value", *names, "time"
    return Table(header, rows, note=note, first_stands_out=best)


def member_rows(
    result: Result, columns: Mapping[str, np.ndarray], whole: Mapping[str, float]
) -> Table:
    """Return a row for each member of an ensemble, for their spread, and for all.

    Args:
        result: Of the fit.
        columns: Measures of each member by name.
        whole: The same measures of the ensemble.
    """
    training = training_of(result)
    extra: dict[str, list[str]] = {}
    if training is not None:
        known = training.validation_loss
        losses = [
            known[e - 1, m] if e > 0 else np.nan
            for m, e in enumerate(training.best_epoch)
        ]
        extra["best epoch"] = [f"{e}" for e in training.best_epoch]
        if np.isfinite(losses).any():
            extra["validation loss"] = [f"{loss:.5g}" for loss in losses]
    count = len(next(iter(columns.values())))
    rows = [
        [
            named(f"{m + 1}"),
            *numbers(*(texts[m] for texts in extra.values())),
            *numbers(*(f"{values[m]:.5g}" for values in columns.values())),
        ]
        for m in range(count)
    ]
    blank = [Cell("", "calm")] * len(extra)
    spread = numbers(*(f"{np.std(v, ddof=1):.2g}" for v in columns.values()))
    together = numbers(*(f"{whole[name]:.5g}" for name in columns))
    rows += [
        [named("standard deviation"), *blank, *spread],
        [named("all together"), *blank, *together],
    ]
    header = ["member", *extra, *columns]
    return Table(header, [[_plain(c) for c in row] for row in rows])


def _plain(cell: Cell) -> Cell:
    return Cell(cell.text.replace("-", "−").replace("nan", "–"), cell.kind)
