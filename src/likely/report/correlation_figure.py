"""The correlation matrix of the fitted parameters."""

import numpy as np
from matplotlib.figure import Figure

from ..core import LikelyError, Result
from .style import NotebookFigure, literal, styled

NUMBERS_UP_TO = 20


def plot_correlation(result: Result) -> Figure:
    r"""Return a figure of $\rho_{ij} = V_{ij}/\sqrt{V_{ii}V_{jj}}$, with the numbers.

    Beyond twenty parameters the colours alone are shown.

    Args:
        result: What `fit` returned.

    Raises:
        LikelyError: If the result has no covariance.
    """
    names = [literal(name) for name in result.covariance_names]
    n = len(names)
    if n == 0:
        raise LikelyError(
            "this result has no covariance, so there are no correlations to plot; "
            "ask the fit for `hesse` errors and look at its status."
        )
    cell = 0.62 if n <= NUMBERS_UP_TO else 0.25
    side = max(n * cell, 1.6)
    label = 0.4 + 0.085 * max(len(name) for name in names)
    width, height = side + label + 1.1, side + label + 0.2
    rho = result.correlation
    with styled():
        figure = NotebookFigure(figsize=(width, height))
        axes = figure.add_axes(
            (label / width, label / height, side / width, side / height)
        )
        shades = axes.imshow(rho, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
        axes.set_xticks(
            range(n), names, rotation=45, ha="right", rotation_mode="anchor"
        )
        axes.set_yticks(range(n), names)
        axes.minorticks_off()
        axes.tick_params(length=0)
        if n <= NUMBERS_UP_TO:
            for (i, j), value in np.ndenumerate(rho):
                strong = abs(value) > 0.6
                axes.text(
                    j,
                    i,
                    f"{value:.2f}".replace("-", "−"),
                    ha="center",
                    va="center",
                    fontsize=10,
                    color="white" if strong else "black",
                )
        bar = figure.add_axes(
            ((label + side + 0.2) / width, label / height, 0.18 / width, side / height)
        )
        figure.colorbar(shades, cax=bar, label="Correlation")
        bar.tick_params(which="both", labelsize=10)
        bar.minorticks_off()
    return figure
