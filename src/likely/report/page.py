"""The report as one HTML file that needs nothing else."""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..core import GoodnessOfFit, Result
from ..core.table import HEADER, rows
from .template import data_rows, other_rows, template, timing_rows


@dataclass(frozen=True)
class Picture:
    """A figure on the page.

    Args:
        png: The picture.
        alt: What it shows, for those who cannot see it.
        caption: One line underneath.
        width: Width in CSS pixels.
    """

    png: bytes
    alt: str
    caption: str
    width: int

    @property
    def source(self) -> str:
        """Return the picture as a data URL."""
        return "data:image/png;base64," + base64.b64encode(self.png).decode()


def render_page(
    result: Result,
    *,
    title: str,
    main: Sequence[Picture] = (),
    profiles: Sequence[Picture] = (),
    way: Sequence[Picture] = (),
    study_text: str = "",
    remarks: Sequence[str] = (),
) -> str:
    """Return the report of a fit as HTML.

    Every text is escaped, the pictures and the style are inside, and the page forbids
    the browser to load anything.

    Args:
        result: What `fit` returned.
        title: Heading of the page.
        main: The pictures of data and model.
        profiles: The pictures of the likelihood along parameters.
        way: The picture of the minimiser's way, of a fit that failed.
        study_text: The study as it was resolved, shown as it is.
        remarks: What a reader must know about this page, such as a missing figure.
    """
    table = rows(result)
    free = len(result.estimates)
    return template("report.html").render(
        title=title,
        result=result,
        main=main,
        profiles=profiles,
        way=way,
        study_text=study_text,
        remarks=remarks,
        header=HEADER,
        parameters=table[:free],
        derived=table[free:],
        correlation=_correlation(result),
        agreement=_agreement(result.goodness_of_fit),
        facts=_facts(result),
        timings=timing_rows(result.timings),
        data=data_rows(result.provenance),
        provenance=other_rows(result.provenance),
    )


def _correlation(result: Result) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return a row for each parameter: its name, and text and colour of each cell."""
    return [
        (name, [_cell(rho) for rho in row])
        for name, row in zip(
            result.covariance_names, result.correlation.tolist(), strict=True
        )
    ]


def _cell(rho: float) -> tuple[str, str]:
    if not math.isfinite(rho):
        return "–", "transparent"
    # Half transparent, so that one colour serves on a light and on a dark page.
    hue = "228, 37, 54" if rho > 0 else "87, 144, 252"
    return f"{rho:.3f}", f"rgba({hue}, {0.55 * abs(rho):.3f})"


def _agreement(fit: GoodnessOfFit | None) -> str:
    """Return what the chi-square says, in a sentence."""
    if fit is None:
        return ""
    if not math.isfinite(fit.chi2):
        return "There are too few events for a chi-square of binned data."
    if fit.ndof <= 0:
        return (
            f"χ² = {fit.chi2:.2f}, but the free parameters leave no degree of freedom, "
            "so it cannot say how well the model describes the data."
        )
    verdict = (
        "the model describes the data"
        if fit.p_value > 0.05
        else "the agreement is doubtful"
        if fit.p_value > 0.001
        else "the model does not describe the data"
    )
    return (
        f"χ²/ndof = {fit.chi2:.2f}/{fit.ndof} = {fit.chi2 / fit.ndof:.2f}, "
        f"p-value {fit.p_value:.3g}: {verdict}."
    )


def _facts(result: Result) -> list[tuple[str, str]]:
    return [
        ("Events used", f"{result.n_events}"),
        ("Sum of weights", f"{result.sum_of_weights:.10g}"),
        ("−2 log L at the minimum", f"{result.loss:.6f}"),
        ("Iterations", f"{max(len(result.history) - 1, 0)}"),
    ]
