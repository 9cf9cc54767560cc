"""The folder of a toy study's report: figures as files, and one page with them all."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..core import write_whole
from ..stats import Toys
from .drawing import Drawing, save, with_figures
from .pulls_figure import plot_estimates, plot_pulls
from .toys_page import render_toys_page, surprise
from .verdict import judge

# The page shows a figure of this many parameters, those with the strangest pulls.
SHOWN = 24


def write_toys_report(
    folder: str | os.PathLike[str],
    toys: Toys,
    *,
    study_text: str = "",
    title: str = "",
    timings: Mapping[str, float] | None = None,
    provenance: Mapping[str, Any] | None = None,
) -> list[Path]:
    """Write the figures and the page of a toy study; return the files, the page last.

    The folder receives `report.html` and, in `figures`, the pulls and the fitted values
    as PNG and PDF. The same toys give the same bytes.

    Args:
        folder: Where to write; it is made if it does not exist.
        toys: What `toys` returned.
        study_text: The study as it was resolved, shown as it is.
        title: Heading of the page.
        timings: Seconds that each part took.
        provenance: Where the numbers come from, such as the versions of libraries.

    Raises:
        LikelyError: If the folder cannot be written.
    """
    folder = with_figures(folder)
    written: list[Path] = []
    names, remarks = _shown(toys)
    # Without a valid fit there is nothing to be seen, and the page says so.
    drawings = _drawings(toys, names) if toys.ok else ()
    pictures = {d.name: [save(folder, d, written)] for d in drawings}
    html = render_toys_page(
        toys,
        title=title or "Toy report",
        pictures=pictures,
        study_text=study_text,
        timings=timings,
        provenance=provenance,
        remarks=remarks,
    )
    page = folder / "report.html"
    write_whole(page, html)
    return [*written, page]


_PULLS = (
    "Points: pulls of the valid fits with 68.3 % central intervals. Curve: the "
    "standard normal density, times pulls and bin width. A shifted peak is a bias; a "
    "peak that is wider than the curve, errors that are too small."
)
_ESTIMATES = (
    "Fitted values of all valid fits, with 68.3 % central intervals of the bins. Line: "
    "the true value."
)


def _drawings(toys: Toys, names: list[str]) -> Iterator[Drawing]:
    listed = ", ".join(names)
    yield Drawing(
        "pulls",
        plot_pulls(toys, names),
        f"Histograms of the pulls of {listed}, each with the standard normal density "
        f"drawn over it. {' '.join(judge(toys).sentences)}",
        _PULLS,
    )
    yield Drawing(
        "estimates",
        plot_estimates(toys, names),
        f"Histograms of the fitted {listed} of all valid fits, each with a line at the "
        "true value.",
        _ESTIMATES,
    )


def _shown(toys: Toys) -> tuple[list[str], list[str]]:
    """Return the parameters of the figures, and a remark on those left out."""
    names = list(toys.names)
    if len(names) <= SHOWN:
        return names, []
    summaries = toys.summaries
    strangest = set(sorted(names, key=lambda n: -surprise(summaries[n]))[:SHOWN])
    remark = (
        f"The figures show {SHOWN} of the {len(names)} parameters, those whose pulls "
        "are farthest from a standard normal one."
    )
    return [name for name in names if name in strangest], [remark]
