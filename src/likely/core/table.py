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
    value = value + 0.0  # takes the sign off a zero
    if error is None or not math.isfinite(error) or error <= 0:
        return f"{value:.6g}", ""
    digits = _decimals(value, error)
    if digits is None:
        return f"{value:.8g}", f"{error:.2g}"
    return _fixed(value, digits), _fixed(error, digits)


def _decimals(value: float, error: float) -> int | None:
    """Return the decimals of both, below zero left of the point; None if too many."""
    # Of the rounded error: 0.0996 is 0.10, of two decimals.
    digits = 1 - int(f"{error:.1e}".partition("e")[2])
    return None if digits > 8 or abs(value) >= 1e9 else digits


def _fixed(number: float, digits: int) -> str:
    return f"{round(number, digits) + 0.0:.{max(digits, 0)}f}"


def rows(result: "Result") -> list[tuple[str, ...]]:
    """Return the cells of the table, one row a parameter, derived ones last."""
    return [row(e) for e in result.estimates] + [
        (*row(e)[:-1], "derived") for e in result.derived
    ]


def row(e: "Estimate") -> tuple[str, ...]:
    """Return the cells of one parameter, in the order of `HEADER`."""
    value, _ = rounded(e.value, _size(e))
    _, error = rounded(e.value, e.error)
    limits = (
        "" if e.min is None and e.max is None else f"[{_edge(e.min)}, {_edge(e.max)}]"
    )
    flag = "fixed" if e.fixed else "AT LIMIT" if e.at_limit else ""
    return (e.name, value, error, _minos(e), limits, e.unit, flag)


def _edge(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _size(e: "Estimate") -> float | None:
    """Return the error that says how many digits the row has."""
    if e.error and math.isfinite(e.error):
        return e.error
    sides = (abs(s) for s in (e.lower, e.upper) if s and math.isfinite(s))
    return max(sides, default=None)


def _minos(e: "Estimate") -> str:
    if e.lower is None and e.upper is None:
        return ""
    size = _size(e)
    digits = _decimals(e.value, size) if size else 0
    return f"{_side('-', e.lower, digits)} {_side('+', e.upper, digits)}"


def _side(sign: str, error: float | None, digits: int | None) -> str:
    if error is None:
        return "none"
    size = abs(error)
    return sign + (f"{size:.2g}" if digits is None else _fixed(size, digits))


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
    if not result.estimates:  # a network, whose weights have no names
        return "\n".join([head, *notes, f"{result.n_events} events"])
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
