"""The report of a toy study as one HTML file that needs nothing else."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..core import LikelyError
from ..stats import PullSummary, Toys
from .page import Picture
from .template import data_rows, other_rows, template, timing_rows
from .verdict import apart, findings, judge, measured, offset, percent

SIGNS = {"ok": "✓", "doubtful": "?", "failed": "✗"}


def render_toys_page(
    toys: Toys,
    *,
    title: str,
    pictures: Mapping[str, Sequence[Picture]] | None = None,
    study_text: str = "",
    timings: Mapping[str, float] | None = None,
    provenance: Mapping[str, Any] | None = None,
    remarks: Sequence[str] = (),
) -> str:
    """Return the report of a toy study as HTML; see `render_page`.

    Args:
        toys: What `toys` returned.
        title: Heading of the page.
        pictures: Those of the "pulls" and of the "estimates".
        study_text: The study as it was resolved, shown as it is.
        timings: Seconds that each part took.
        provenance: Where the numbers come from, such as the versions of libraries.
        remarks: What a reader must know about this page, such as a missing figure.

    Raises:
        LikelyError: If there are pictures of something else.
    """
    shown = {"pulls": [], "estimates": []} | dict(pictures or {})
    if len(shown) > 2:
        raise LikelyError(
            '`render_toys_page(pictures=...)` has the keys "pulls" and "estimates"; '
            f"got {', '.join(map(repr, shown))}."
        )
    judged = judge(toys)
    origin = provenance or {}
    seed = [] if "seed" in origin else [("Seed", f"{toys.seed}")]
    return template("toys.html").render(
        title=title,
        verdict=judged,
        sign=SIGNS[judged.level],
        remarks=remarks,
        # Without a valid fit a row would be a row of dashes.
        parameters=[_row(toys, n, s) for n, s in toys.summaries.items() if toys.ok],
        minos=toys.minos_covers is not None,
        limits=_on_limit(toys).any(),
        failures=_failures(toys),
        tests=_tests(toys),
        pictures=shown,
        facts=[*_facts(toys, timed=bool(timings)), *seed],
        timings=timing_rows(timings or {}),
        data=data_rows(origin),
        provenance=other_rows(origin),
        study_text=study_text,
    )


def _row(toys: Toys, name: str, s: PullSummary) -> dict[str, Any]:
    i = toys.names.index(name)
    mean, error = offset(toys, name)
    minos = ""
    if s.minos_coverage is not None and s.minos_coverage_error is not None:
        minos = percent(s.minos_coverage, s.minos_coverage_error)
    found = findings(toys, name, s)
    return {
        "name": name,
        "truth": measured(float(toys.truth[i])),
        "offset": measured(mean, error),
        "n": s.n,
        "mean": measured(s.mean, s.mean_error),
        "width": measured(s.width, s.width_error),
        "coverage": percent(s.coverage, s.coverage_error),
        "minos": minos,
        "limit": int(_on_limit(toys)[i]),
        "remarks": [(f.remark, f.level) for f in found if f.remark],
    }


def _tests(toys: Toys) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return heading, sentence and notes of each test of the data."""
    headed = (
        ("Goodness of fit of the data", toys.goodness_of_fit),
        ("Likelihood ratio of the data", toys.likelihood_ratio),
    )
    return [
        (title, _sentence(test.message), tuple(map(_sentence, test.notes)))
        for title, test in headed
        if test is not None
    ]


def _sentence(text: str) -> str:
    """Return a text with a capital letter, unless it begins with a formula."""
    return text if text.startswith(("q ", "-")) else text[0].upper() + text[1:]


def surprise(s: PullSummary) -> float:
    """Return how far a pull is from a standard normal one, in standard errors."""
    if s.n < 2:
        return math.inf
    mean, width = apart(s.mean, 0, s.mean_error), apart(s.width, 1, s.width_error)
    return max(abs(mean), abs(width))


def _on_limit(toys: Toys) -> np.ndarray:
    """Return how many valid fits ended on a limit, by parameter."""
    return np.isnan(toys.errors[toys.valid]).sum(axis=0)


def _failures(toys: Toys) -> list[tuple[str, int, str]]:
    return [
        (reason, count, f"{100 * count / len(toys):.3g} %")
        for reason, count in toys.failures.items()
    ]


def _facts(toys: Toys, *, timed: bool) -> list[tuple[str, str]]:
    facts = [
        ("Toys", f"{len(toys)}"),
        ("Valid fits", f"{int(toys.valid.sum())}"),
        ("Failed fits", f"{int((~toys.valid).sum())}"),
    ]
    if not len(toys):
        return facts
    low, high = int(toys.n_events.min()), int(toys.n_events.max())
    spread = f"{toys.n_events.mean():.6g} on average, from {low} to {high}"
    facts.append(("Events of a toy", f"{low}" if low == high else spread))
    # A study that was read from its file does not know how long it took.
    if toys.seconds > 0:
        if not timed:
            facts.append(("Time to draw and fit", f"{toys.seconds:.3g} s"))
        facts.append(("Time a toy", _short(toys.seconds / len(toys))))
    return facts


def _short(seconds: float) -> str:
    for scale, unit in ((1.0, "s"), (1e3, "ms")):
        if seconds * scale >= 1:
            return f"{seconds * scale:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"
