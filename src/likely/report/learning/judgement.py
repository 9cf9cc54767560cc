"""What the measures of a trained model leave to be doubted, in sentences."""

import math
from collections.abc import Iterator

from ...methods import Evaluation, RegressionEvaluation
from ...stats import AucComparison, Measured, Reliability, TwoSampleTest
from ..numbers import power_of_ten
from ..verdict import measured

# Below this p-value chance is no excuse: three standard deviations.
DIFFERENT = 0.003
DOUBTFUL = 0.05
# Standard errors beyond which a number is not the expected one.
MANY = 3.0


def doubts(evaluation: Evaluation) -> Iterator[str]:
    """Yield what a reader must know of a classifier before using it."""
    said: dict[str, list[str]] = {}
    for name in evaluation.classes:
        curve = evaluation.curves[name]
        if curve.auc - 2 * curve.auc_error < 0.5:
            area = measured(curve.auc, curve.auc_error)
            yield f"{name} is hardly told from the other classes: AUC = {area}."
        for note in curve.notes:
            said.setdefault(note, []).append(name)
    for note, names in said.items():
        everywhere = len(names) == len(evaluation.classes)
        yield sentence(note) if everywhere else f"{', '.join(names)}: {note}"
    moved = [n for n, test in evaluation.overtraining.items() if differ(test)]
    if moved:
        each = ", ".join(
            f"{n} (p = {small(evaluation.overtraining[n].p_value)})" for n in moved
        )
        yield (
            f"Overtraining: events of {each} have other scores in the training than in "
            f"the part {evaluation.part}. The measures below are of the latter and "
            "hold; more events, dropout, weight decay or earlier stopping may make "
            "them better."
        )
    if (baseline := evaluation.baseline) is not None:
        below = ", ".join(
            f"{name} (by {measured(-area.difference, area.error)})"
            for name, area in baseline.areas.items()
            if worse(area)
        )
        if below:
            yield (
                f"{baseline.what.capitalize()} have a larger area of {below}: take "
                "them, or search for better options."
            )
    off = [n for n, c in evaluation.calibration.items() if c.p_value < DIFFERENT]
    if off:
        each = ", ".join(
            f"{n} (p = {small(evaluation.calibration[n].p_value)})" for n in off
        )
        yield (
            f"Calibration: the probability of {each} is not the observed share; a "
            "calibrator, such as Temperature or Isotonic, makes it so."
        )


def worse(area: AucComparison) -> bool:
    """Return whether the first of two areas is smaller, and not by chance."""
    return area.difference < 0 and area.p_value < DIFFERENT


def doubts_of_regression(evaluation: RegressionEvaluation) -> Iterator[str]:
    """Yield what a reader must know of a regression before using it."""
    bias, explained = evaluation.numbers["bias"], evaluation.numbers["R²"]
    if explained.value - 2 * explained.error < 0:
        yield (
            f"Nothing is predicted: R² = {measured(explained.value, explained.error)}, "
            "so the mean of all events is as good a guess."
        )
    if off(bias, 0.0):
        of_width = abs(bias.value) / evaluation.numbers["resolution"].value
        yield (
            f"Predictions are off by {measured(bias.value, bias.error)}"
            f"{' ' + evaluation.unit if evaluation.unit else ''} on average, "
            f"{100 * of_width:.2g} % of the resolution."
        )
    test = evaluation.overtraining
    if test is not None and differ(test):
        yield (
            f"Overtraining: residuals have another distribution in the training "
            f"(p = {small(test.p_value)}). The measures below are of the part "
            f"{evaluation.part} and hold."
        )
    for level, found in evaluation.coverage.items():
        if off(found, level):
            size = "small" if found.value < level else "large"
            yield (
                f"The learnt widths are too {size}: the interval of "
                f"{100 * level:.3g} % holds {percent(found)} of the true numbers."
            )
    for level, found in evaluation.quantile_coverage.items():
        if off(found, level):
            yield (
                f"The quantile of {100 * level:.3g} % is above {percent(found)} of the "
                "true numbers."
            )
    if evaluation.crossing is not None and evaluation.crossing.value > 0:
        crossed = percent(evaluation.crossing)
        yield f"In {crossed} of the events a quantile lies below a lower one."


def differ(test: TwoSampleTest) -> bool:
    """Return whether two samples differ beyond what chance does."""
    return test.p_value < DIFFERENT


def calibration_verdict(found: Reliability) -> str:
    """Return what the test of a calibration says, in two or three words."""
    if math.isnan(found.p_value):
        return "too few events"
    if found.p_value < DIFFERENT:
        return "not calibrated"
    return "doubtful" if found.p_value < DOUBTFUL else "calibrated"


def off(found: Measured, expected: float) -> bool:
    """Return whether a number is more than three times its error off, on that side."""
    end = found.lower if expected < found.value else found.upper
    return abs(found.value - expected) > MANY * abs(found.value - end)


def percent(found: Measured) -> str:
    """Return a share with its error in per cent."""
    text = measured(100 * found.value, 100 * found.error)
    return f"({text}) %" if "±" in text else text if text == "–" else f"{text} %"


def sentence(text: str) -> str:
    """Return a text with a capital letter."""
    return text[:1].upper() + text[1:]


def small(p: float) -> str:
    """Return a probability to two digits, with a power of ten where it is small."""
    if math.isnan(p):
        return "–"
    if p >= 1e-3:
        return f"{p:.2g}"
    if p < 1e-99:
        return f"< {power_of_ten(-99)}"
    exponent = math.floor(math.log10(p))
    return f"{p / 10.0**exponent:.1f} × {power_of_ten(exponent)}"
