"""The sections of the report of a regression."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ...fit import Ensemble
from ...methods import Regression, RegressionEvaluation
from ...methods.residual_statistics import mean, root_mean_square
from ...stats import Measured
from ..numbers import grouped
from ..page import Picture
from ..verdict import measured
from .common_sections import feature_tables, member_rows, trials_table
from .judgement import differ, off, small
from .sections import Cell, Section, Table, named, numbers

Pictures = Mapping[str, Sequence[Picture]]


def summary_of_regression(evaluation: RegressionEvaluation | None) -> str:
    """Return how good a regression is, in a line."""
    if evaluation is None:
        return ""
    found, unit = evaluation.numbers, evaluation.unit
    events = grouped(len(evaluation.predictions[evaluation.part].truth))
    texts = [_said(found[name]) for name in ("resolution", "bias")]
    width, bias = (f"({text}) {unit}" if unit else text for text in texts)
    return (
        f"{evaluation.column} with a resolution of {width} and a bias of {bias}, R² = "
        f"{_said(found['R²'])}, on {events} events of the part {evaluation.part}."
    )


def regression_sections(
    found: Regression,
    evaluation: RegressionEvaluation | None,
    pictures: Pictures,
    trials: Sequence[Mapping[str, Any]],
) -> Iterator[Section]:
    """Yield the sections of the report in their order."""
    if evaluation is not None:
        yield Section("Predictions", [number_table(evaluation)], pictures["regression"])
        yield Section("In bins of the true number", [bin_table(evaluation)])
        if pictures["images"]:
            yield Section("What the network sees", (), pictures["images"])
    if pictures["further"]:
        yield Section("Further figures", (), pictures["further"])
    members = member_table_of_regression(found, evaluation)
    yield Section("Training", (), pictures["training"], [members] if members else [])
    if trials:
        yield Section("Search", (), pictures["trials"], [trials_table(trials)])
    yield Section("Features", list(feature_tables(found.predictor.features)))


def number_table(evaluation: RegressionEvaluation) -> Table:
    """Return all numbers with what they should be."""
    unit = evaluation.unit
    meaning = {
        "bias": "mean of predicted − true",
        "RMSE": "root of the mean square of predicted − true",
        "resolution": "half of the width of its central 68.3 %",
        "R²": "share of the variance that is explained",
    }
    rows = [
        _row(name, found, meaning[name], "" if name == "R²" else unit)
        for name, found in evaluation.numbers.items()
    ]
    expected = {"mean": 0.0, "width": 1.0}
    rows += [
        _row(
            f"{name} of the pulls",
            m,
            f"{expected[name]:g} expected",
            bad=off(m, expected[name]),
        )
        for name, m in evaluation.pulls.items()
    ]
    rows += [
        _row(f"coverage of {100 * q:.3g} %", m, f"{q:.3g} expected", bad=off(m, q))
        for q, m in evaluation.coverage.items()
    ]
    rows += [
        _row(f"share below the quantile {q:g}", m, "", bad=off(m, q))
        for q, m in evaluation.quantile_coverage.items()
    ]
    if evaluation.crossing is not None:
        text = "share of events with a quantile below a lower one"
        rows.append(_row("quantiles that cross", evaluation.crossing, text))
    test = evaluation.overtraining
    if test is not None:
        kind = "number flag" if differ(test) else "number"
        cells = [Cell(small(test.p_value), kind), Cell("", "calm")]
        text = "residuals of training and other events alike (Kolmogorov-Smirnov)"
        rows.append([named("overtraining p"), *cells, Cell(text, "calm")])
    return Table(("number", "value", "unit", "meaning"), rows)


def bin_table(evaluation: RegressionEvaluation) -> Table:
    """Return bias and resolution in bins of the true number."""
    bins = evaluation.bins
    pairs = zip(bins.edges[:-1], bins.edges[1:], strict=True)
    rows = [
        [
            named(f"{low:.5g} to {high:.5g}".replace("-", "−")),
            *numbers(
                measured(float(bins.truth[i])),
                measured(float(bins.sums[i])),
                measured(float(bins.bias[i]), float(bins.bias_errors[i])),
                measured(float(bins.resolution[i]), float(bins.resolution_errors[i])),
            ),
        ]
        for i, (low, high) in enumerate(pairs)
    ]
    unit = f" [{evaluation.unit}]" if evaluation.unit else ""
    told = evaluation.predictions[evaluation.part]
    held = "events" if told.weights is None else "sum of weights"
    return Table(
        (
            f"true {evaluation.column}{unit}",
            f"mean{unit}",
            held,
            f"bias{unit}",
            f"resolution{unit}",
        ),
        rows,
        note="A prediction that is not sure leans to the mean of all events: it is too "
        "high at the low end and too low at the high end, without being wrong.",
    )


def member_table_of_regression(
    found: Regression, evaluation: RegressionEvaluation | None
) -> Table | None:
    """Return how good each member of an ensemble is; None if there is only one."""
    if evaluation is None or not isinstance(found.predictor.model, Ensemble):
        return None
    told = evaluation.predictions[evaluation.part]
    each = found.predictor.members(found.parts[evaluation.part])
    if len(each) == 1:
        return None
    values = each.reshape(*each.shape[:2], -1)
    place = 0
    if evaluation.levels:
        place = int(np.argmin(np.abs(np.array(evaluation.levels) - 0.5)))
    biases, spreads = [], []
    for m, predicted in enumerate(values[..., place]):
        rows = slice(None) if found.fold is None else found.fold == m
        r, w = (predicted - told.truth)[rows], told.weights_or_ones[rows]
        biases.append(mean(r, w).value)
        spreads.append(root_mean_square(r, w).value)
    whole = {name: evaluation.numbers[name].value for name in ("bias", "RMSE")}
    columns = dict(zip(whole, map(np.array, (biases, spreads)), strict=True))
    return member_rows(found.result, columns, whole)


def _row(
    name: str, found: Measured, meaning: str, unit: str = "", *, bad: bool = False
) -> list[Cell]:
    kind = "number flag" if bad else "number"
    cells = [Cell(_said(found), kind), Cell(unit, "calm"), Cell(meaning, "calm")]
    return [named(name), *cells]


def _said(found: Measured) -> str:
    return measured(found.value, found.error)
