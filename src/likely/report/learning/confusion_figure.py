"""Which class is taken for which, as a table of shares."""

from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ...methods import Evaluation
from ..style import NotebookFigure, literal, styled
from ..verdict import measured

ERRORS_UP_TO, NUMBERS_UP_TO = 8, 20
WHITE_ABOVE = 0.55


def plot_confusion(evaluation: Evaluation) -> Figure:
    r"""Return a figure of the shares of each true class, in per cent.

    A row is a true class and sums to 100 %; a column is the class of the largest
    probability. Errors are standard errors, beyond eight classes left out, and beyond
    twenty the colours alone are shown.

    Args:
        evaluation: What `evaluate` returned.
    """
    matrix = replace(evaluation.confusion, normalise="true")
    shares, errors = matrix.values, np.sqrt(matrix.variances)
    names = [literal(name) for name in matrix.classes]
    n = len(names)
    cell = 1.0 if n <= ERRORS_UP_TO else 0.62 if n <= NUMBERS_UP_TO else 0.3
    side = n * cell
    longest = max(len(name) for name in names)
    turned = longest > 10 * cell
    label = 0.75 + 0.095 * longest
    foot = label if turned else 0.66
    width, height = label + side + 1.1, foot + side + 0.2
    with styled():
        figure = NotebookFigure(figsize=(width, height))
        box = label / width, foot / height, side / width, side / height
        axes = figure.add_axes(box)
        shades = axes.imshow(100 * shares, cmap="Blues", vmin=0, vmax=100)
        slope: Any = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
        axes.set_xticks(range(n), names, **slope if turned else {})
        axes.set_yticks(range(n), names)
        axes.minorticks_off()
        axes.tick_params(length=0)
        axes.set_xlabel("Predicted class")
        axes.set_ylabel("True class")
        if n <= NUMBERS_UP_TO:
            for (i, j), share in np.ndenumerate(shares):
                axes.text(
                    j,
                    i,
                    _text(share, float(errors[i, j]), full=n <= ERRORS_UP_TO),
                    ha="center",
                    va="center",
                    fontsize=11.5 if n <= ERRORS_UP_TO else 9.5,
                    color="white" if share > WHITE_ABOVE else "black",
                )
        beside = (label + side + 0.2) / width, box[1], 0.18 / width, box[3]
        bar = figure.add_axes(beside)
        figure.colorbar(shades, cax=bar, label="Share of the true class [%]")
        bar.tick_params(which="both", labelsize=10)
        bar.minorticks_off()
    return figure


def _text(share: float, error: float, *, full: bool) -> str:
    if not np.isfinite(share):
        return "–"
    if full:
        return measured(100 * share, 100 * error).replace(" ± ", "\n± ")
    return f"{100 * share:.0f}".replace("-", "−")
