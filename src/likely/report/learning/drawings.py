"""The figures of the reports, each with its words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ...core import Result
from ...methods import Evaluation, RegressionEvaluation
from ...methods.search.trial import best_first
from ..drawing import Drawing
from ..history_figure import plot_history
from ..verdict import measured
from .calibration_figure import plot_calibration
from .confusion_figure import plot_confusion
from .importance_figure import plot_importance
from .judgement import small
from .regression_figure import plot_regression
from .roc_figure import plot_roc
from .scores_figure import MOST_CLASSES, plot_scores
from .training_figure import best_epochs, plot_training, training_of, unit_of
from .trials import trials_of
from .trials_figure import plot_trials

# Enough for a page: the other columns are in `result.json`.
MOST_COLUMNS = 30


def drawings_of_training(result: Result) -> Iterator[Drawing]:
    """Yield the course of the training."""
    training = training_of(result)
    if training is None:
        # Another minimiser, or another kind of model, has perhaps left its way.
        if np.isfinite(np.asarray(result.history, float)).any():
            alt = f"Loss after each of {len(result.history)} iterations."
            caption = "The loss above its smallest value, after each iteration."
            yield Drawing("training", plot_history(result), alt, caption)
        return
    members, unit = len(training.best_epoch), unit_of(training)
    who = "the network" if members == 1 else f"{members} networks"
    watched = np.isfinite(training.validation_loss).any()
    of = "training and validation" if watched else "training"
    alt = (
        f"Loss of an event in {of} after each of {training.epochs} {unit}s of {who}, "
        f"{best_epochs(training)}; learning rate"
    )
    if unit == "step":
        caption = "Loss of an event, step by step. The trees up to the marked step were"
        yield Drawing("training", plot_training(result), f"{alt}.", f"{caption} kept.")
        return
    yield Drawing(
        "training",
        plot_training(result),
        f"{alt} and gradient norm beside it.",
        "Loss of an event, epoch by epoch. That of the training is the mean while the "
        "weights moved and with dropout, if there is any, so that the validation loss, "
        "at the end of the epoch and without, may lie below it. The weights of the "
        "marked epoch were kept.",
    )


def drawings_of_trials(trials: Sequence[Mapping[str, Any]]) -> Iterator[Drawing]:
    """Yield the course of a search."""
    known = trials_of(trials)
    if not any(trial.value is not None for trial in known):
        return
    best = best_first(known)[0]
    yield Drawing(
        "search",
        plot_trials(trials),
        f"Values of {len(known)} trials in their order and against each "
        f"hyperparameter; the best is trial {best.number}.",
        "Value of each trial (smaller is better) in their order and against each "
        "hyperparameter that differs. Star: the best trial.",
    )


def drawings_of_roc(evaluation: Evaluation) -> Iterator[Drawing]:
    """Yield the ROC curves both ways round."""
    areas = "; ".join(
        f"{name}: AUC {measured(c.auc, c.auc_error)}"
        for name, c in evaluation.curves.items()
    )
    yield Drawing(
        "roc-rejection",
        plot_roc(evaluation),
        f"Background rejection against signal efficiency of each class. {areas}.",
        "Each class against all others. Bands: 68.3 % central intervals at each "
        "threshold; dotted: lower end of it where no background event passes.",
    )
    yield Drawing(
        "roc-rates",
        plot_roc(evaluation, "rates"),
        f"Signal efficiency against background efficiency of each class. {areas}.",
        "The same curves the other way round.",
    )


def drawings_of_scores(evaluation: Evaluation) -> Iterator[Drawing]:
    """Yield the distributions of the probabilities."""
    if len(evaluation.classes) > MOST_CLASSES:
        return
    tests = "; ".join(
        f"{n} {small(t.p_value)}" for n, t in evaluation.overtraining.items()
    )
    yield Drawing(
        "scores",
        plot_scores(evaluation),
        "Histograms of the probability of each class, for its events and all others, "
        f"in training and {evaluation.part}. Kolmogorov-Smirnov p-values: {tests}.",
        f"Filled: training. Points: {evaluation.part}, with 68.3 % central intervals. "
        "All of unit area. KS p: probability of a difference as large between training "
        "and other events of the class, if there is none.",
    )


def drawings_of_confusion(evaluation: Evaluation) -> Iterator[Drawing]:
    """Yield the confusion matrix."""
    kept = "; ".join(
        f"{name} {measured(100 * m.value, 100 * m.error)} %"
        for name, m in evaluation.confusion.efficiencies.items()
    )
    yield Drawing(
        "confusion",
        plot_confusion(evaluation),
        f"Shares of each true class by predicted class. Predicted right: {kept}.",
        "Per cent of each true class, a row, that is taken for each class, a column, "
        "by the largest probability; with standard errors.",
    )


def drawings_of_calibration(evaluation: Evaluation) -> Iterator[Drawing]:
    """Yield the reliability of the probabilities."""
    if len(evaluation.classes) > MOST_CLASSES:
        return
    words = "; ".join(f"{n}: {c.ece:.2g}" for n, c in evaluation.calibration.items())
    yield Drawing(
        "calibration",
        plot_calibration(evaluation),
        "Observed share against predicted probability of each class, in ten bins. "
        f"Calibration errors: {words}.",
        "Points: share of the class among events of about one probability, with "
        "68.3 % central intervals. Right probabilities lie on the dashed line. ECE: "
        "expected calibration error; p: probability of a chi-square as large, if they "
        "are right.",
    )


def drawings_of_importance(evaluation: Evaluation) -> Iterator[Drawing]:
    """Yield the importance of the columns, if it is known."""
    found = evaluation.importance
    if found is None:
        return
    first = ", ".join(name for name, _ in found.ranking()[:5])
    more = len(found.names) - MOST_COLUMNS
    rest = f" The {MOST_COLUMNS} most important of {len(found.names)} columns."
    yield Drawing(
        "importance",
        plot_importance(evaluation, most=MOST_COLUMNS),
        f"Loss of mean log-likelihood if a column is shuffled; most for {first}.",
        "What the mean log-likelihood of an event loses if a column is shuffled, with "
        "the standard error of the shuffling. Of columns that tell the same, each may "
        f"look unimportant.{rest if more > 0 else ''}",
    )


def drawings_of_regression(evaluation: RegressionEvaluation) -> Iterator[Drawing]:
    """Yield the panels of a regression."""
    said = "; ".join(
        f"{name} {measured(m.value, m.error)}" for name, m in evaluation.numbers.items()
    )
    yield Drawing(
        "regression",
        plot_regression(evaluation),
        f"Predicted against true {evaluation.column}, residuals, bias and resolution "
        f"in bins of the truth, and coverage where it is known: {said}.",
        "Predicted against true number; residuals, training filled and "
        f"{evaluation.part} as points; pulls (residual over predicted standard "
        "deviation); mean residual and resolution (half of the central 68.3 % width) "
        "in bins of the true number; and how often intervals or quantiles hold it. "
        "What is not known is left out.",
    )
