"""The table of a fit result, as text and as HTML."""

import html
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .result import Estimate, Result

HEADER = ("parameter", "value", "error", "minos", "limits", "unit", "")


def rounded(value: float, error: float | None) -> tuple[str, str]:
    """Return value and error as text, the error to two significant digits.

    The value has the decimals of the error, as the Particle Data Group prints them;
    without an error it has six significant digits.
    """
    if error is None or not math.isfinite(error) or error <= 0:
        return f"{value:.6g}", ""
    digits = 1 - math.floor(math.log10(error))
    if digits > 8 or abs(value) >= 1e9:
        return f"{value:.8g}", f"{error:.2g}"
    shown = max(digits, 0)
    return f"{round(value, digits):.{shown}f}", f"{round(error, digits):.{shown}f}"


def rows(result: "Result") -> list[tuple[str, ...]]:
    """Return the cells of the table, one row a parameter, derived ones last."""
    return [_row(e) for e in result.estimates] + [
        (*_row(e)[:-1], "derived") for e in result.derived
    ]


def _row(e: "Estimate") -> tuple[str, ...]:
    value, error = rounded(e.value, e.error)
    limits = (
        "" if e.min is None and e.max is None else f"[{_edge(e.min)}, {_edge(e.max)}]"
    )
    flag = "fixed" if e.fixed else "AT LIMIT" if e.at_limit else ""
    return (e.name, value, error, _minos(e), limits, e.unit, flag)


def _edge(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _minos(e: "Estimate") -> str:
    if e.lower is None and e.upper is None:
        return ""
    sides = (
        "none" if side is None else sign + (rounded(side, abs(side))[1] or "0")
        for sign, side in (("-", e.lower), ("+", e.upper))
    )
    return " ".join(sides)


def text_table(result: "Result") -> str:
    """Return the status and the parameters in aligned columns."""
    cells = [HEADER, *rows(result)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(HEADER))]
    lines = [
        "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    lines.insert(1, "-" * sum([*widths, 2 * (len(widths) - 1)]))
    foot = f"-2 log L = {result.loss:.6f}, {result.n_events} events"
    gof = result.goodness_of_fit
    if gof is not None:
        foot += f", chi2/ndof = {gof.chi2:.1f}/{gof.ndof} (p = {gof.p_value:.3g})"
    head = ("" if result.status.ok else "NOT CONVERGED: ") + result.status.message
    notes = [f"note: {note}" for note in result.status.notes]
    return "\n".join([head, *notes, *lines, foot])


def html_table(result: "Result") -> str:
    """Return the same table as HTML, every cell escaped."""
    head = "".join(f"<th>{html.escape(h)}</th>" for h in HEADER)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>"
        for row in rows(result)
    )
    status = "converged" if result.status.ok else "not converged"
    notes = "".join(f"<br>{html.escape(note)}" for note in result.status.notes)
    return (
        f"<p><b>{status}</b>: {html.escape(result.status.message)}{notes}</p>"
        f'<table class="likely-result"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
        f"<p>&minus;2 log L = {result.loss:.6f}, {result.n_events} events</p>"
    )
