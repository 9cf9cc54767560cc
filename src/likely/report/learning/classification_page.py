"""The sections of the report of a classifier."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ...fit import Ensemble
from ...methods import Baseline, Classification, Evaluation
from ...methods.mean_log_likelihood import mean_log_likelihood
from ...stats import Measured, confusion_matrix
from ..numbers import grouped
from ..page import Picture
from ..verdict import measured
from .common_sections import feature_tables, member_rows, trials_table
from .judgement import calibration_verdict, differ, percent, small, worse
from .roc_figure import MOST_INSIDE
from .sections import Cell, Section, Table, named, numbers

Pictures = Mapping[str, Sequence[Picture]]


def summary_of(evaluation: Evaluation | None) -> str:
    """Return how good a classifier is, in a line."""
    if evaluation is None:
        return ""
    accuracy = percent(evaluation.confusion.accuracy)
    events = grouped(len(evaluation.scores[evaluation.part].labels))
    areas = ", ".join(
        f"{name} {measured(curve.auc, curve.auc_error)}"
        for name, curve in evaluation.curves.items()
    )
    return (
        f"Accuracy {accuracy} on {events} events of the part {evaluation.part}; areas "
        f"under the ROC curves: {areas}."
    )


def classification_sections(
    found: Classification,
    evaluation: Evaluation | None,
    pictures: Pictures,
    trials: Sequence[Mapping[str, Any]],
) -> Iterator[Section]:
    """Yield the sections of the report in their order."""
    yield Section("Classes", [class_table(found, evaluation)])
    if evaluation is not None:
        narrow = len(evaluation.classes) <= MOST_INSIDE
        yield Section("ROC curves", (), pictures["roc"], beside=narrow)
        if evaluation.baseline is not None:
            table = baseline_table(evaluation.baseline, evaluation.log_likelihood)
            yield Section(f"Against {evaluation.baseline.what}", [table])
        if any(len(points) for points in evaluation.working_points.values()):
            yield Section("Working points", [working_point_table(evaluation)])
        yield Section("Distributions of the probabilities", (), pictures["scores"])
        yield Section(
            "Confusion of classes",
            (),
            pictures["confusion"],
            [purity_table(evaluation)],
        )
        yield Section("Calibration", (), pictures["calibration"])
        if pictures["images"]:
            yield Section("What the network sees", (), pictures["images"])
        if pictures["importance"]:
            yield Section("Importance of the columns", (), pictures["importance"])
    if pictures["further"]:
        yield Section("Further figures", (), pictures["further"])
    members = member_table(found, evaluation)
    yield Section("Training", (), pictures["training"], [members] if members else [])
    if trials:
        yield Section("Search", (), pictures["trials"], [trials_table(trials)])
    yield Section("Features", list(feature_tables(found.predictor.features)))


def class_table(found: Classification, evaluation: Evaluation | None) -> Table:
    """Return events and weights of each class by part, and how well it is known."""
    parts = dict(found.parts)
    if found.fold is not None:  # all events are in each part
        parts = {"all folds": next(iter(parts.values()))}
    codes = {name: found.labels.codes(data) for name, data in parts.items()}
    weighted = any(data.weights is not None for data in parts.values())
    names = found.labels.classes
    size = len(names)
    counts = [np.bincount(c, minlength=size) for c in codes.values()]
    sums = [np.bincount(codes[n], d.weights, size) for n, d in parts.items()]
    header, groups = ["class", *parts], [("", 1), ("events", len(parts))]
    if weighted:
        header, groups = [*header, *parts], [*groups, ("sum of weights", len(parts))]
    rows = [
        [
            named(name),
            *numbers(*(grouped(int(count[i])) for count in counts)),
            *numbers(*(measured(float(s[i])) for s in sums if weighted)),
        ]
        for i, name in enumerate(names)
    ]
    if evaluation is None:
        return Table(header, rows, groups)
    header += ["AUC", "ECE", "calibration", "KS p"]
    groups += [(f"measured on the part {evaluation.part}", 4)]
    for row, name in zip(rows, names, strict=True):
        row.extend(_judged(evaluation, name))
    again = "" if found.fold is None else _FOLDS
    return Table(header, rows, groups, _NOTE + again)


_NOTE = (
    "AUC: area under the ROC curve against all other classes, with DeLong's error. "
    "ECE: expected calibration error, and in brackets what it would be of perfect "
    "probabilities; calibration: the chi-square test of observed shares. KS p: p-value "
    "of Kolmogorov and Smirnov, small if events of the class have other probabilities "
    "in the training, which is overtraining."
)
_FOLDS = (
    " All events are in all folds: each is judged by the network that has not seen it, "
    "and for KS p compared with what the others, which have, say of it; being of the "
    "same events, the two agree better than by chance."
)


def _judged(evaluation: Evaluation, name: str) -> list[Cell]:
    curve, fit = evaluation.curves[name], evaluation.calibration[name]
    test = evaluation.overtraining.get(name)
    verdict = calibration_verdict(fit)
    bad = "flag" if verdict == "not calibrated" else "calm" if "few" in verdict else ""
    p = Cell("–", "calm")
    if test is not None:
        p = Cell(small(test.p_value), "number flag" if differ(test) else "number")
    tested = f"{verdict}, p = {small(fit.p_value)}" if fit.ndof else verdict
    return [
        Cell(measured(curve.auc, curve.auc_error)),
        Cell(f"{fit.ece:.2g} ({fit.ece_if_calibrated:.2g})"),
        Cell(tested, bad),
        p,
    ]


def baseline_table(baseline: Baseline, log_likelihood: float) -> Table:
    """Return the areas of both classifiers, and by how much they differ."""
    rows = [
        [
            named(name),
            *numbers(
                measured(area.auc_a, area.error_a),
                measured(area.auc_b, area.error_b),
                measured(area.difference, area.error),
            ),
            Cell(small(area.p_value), "number flag" if worse(area) else "number"),
        ]
        for name, area in baseline.areas.items()
    ]
    note = (
        "Both learnt from the same events, and are measured on the same: the error of "
        "the difference takes that into account (DeLong). Mean log-likelihood "
        f"{log_likelihood:.4f}, of {baseline.what} {baseline.log_likelihood:.4f}."
    )
    header = "class", "AUC", f"AUC of {baseline.what}", "difference", "p"
    return Table(header, rows, note=note)


def working_point_table(evaluation: Evaluation) -> Table:
    """Return the cuts on the probability of each class."""
    rows = [
        [
            named(name),
            *numbers(
                f"{point.threshold:.5g}",
                measured(point.signal_efficiency.value, point.signal_efficiency.error),
                _bounded(point.background_efficiency),
                _bounded(point.rejection),
            ),
        ]
        for name, points in evaluation.working_points.items()
        for point in points
    ]
    header = "class", "cut: probability ≥", "signal efficiency"
    return Table(
        (*header, "background efficiency", "background rejection"),
        rows,
        note="Signal is the class, background all others as they are weighted here.",
    )


def _bounded(found: Measured) -> str:
    """Return value and error; where nothing passed, the end of the interval."""
    if found.value == 0:
        return f"< {found.upper:.2g}"
    if math.isinf(found.value):
        return f"> {measured(float(f'{found.lower:.2g}'))}"
    return measured(found.value, found.error)


def purity_table(evaluation: Evaluation) -> Table:
    """Return the share of each true and of each predicted class that is right."""
    kept, pure = evaluation.confusion.efficiencies, evaluation.confusion.purities
    rows = [
        [named(name), *numbers(percent(kept[name]), percent(pure[name]))]
        for name in evaluation.classes
    ]
    rows.append([named("all"), Cell(percent(evaluation.confusion.accuracy)), Cell("")])
    note = "Purities depend on how many events of each class there are."
    return Table(("class", "efficiency", "purity"), rows, note=note)


def member_table(found: Classification, evaluation: Evaluation | None) -> Table | None:
    """Return how good each member of an ensemble is; None if there is only one."""
    if evaluation is None or not isinstance(found.predictor.model, Ensemble):
        return None
    data = found.parts[evaluation.part]
    each = found.predictor.members(data)
    if len(each) == 1:
        return None
    told = evaluation.scores[evaluation.part]
    accuracies, likelihoods = [], []
    for m, p in enumerate(each):
        # Of a rotation of folds a member is judged by the events it has not seen.
        rows = slice(None) if found.fold is None else found.fold == m
        w = None if told.weights is None else told.weights[rows]
        labels, chosen = told.labels[rows], p[rows].argmax(axis=1)
        size = p.shape[1]
        accuracies.append(confusion_matrix(labels, chosen, size, w).accuracy.value)
        likelihoods.append(mean_log_likelihood(p[rows], labels, w))
    whole = {
        "accuracy": evaluation.confusion.accuracy.value,
        "mean log-likelihood": evaluation.log_likelihood,
    }
    columns = dict(zip(whole, map(np.array, (accuracies, likelihoods)), strict=True))
    return member_rows(found.result, columns, whole)
