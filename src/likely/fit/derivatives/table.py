"""The table of an evaluation trace, as text and as HTML."""

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .trace import EvaluationTrace
    from .variable import Operation

# So many numbers of an array are shown.
SHOWN = 4


def grid(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return aligned lines, a rule below the header; empty columns are left out."""
    filled = [i for i in range(len(header)) if any(row[i] for row in rows)]
    cells = [[row[i] for i in filled] for row in [header, *rows]]
    widths = [max(len(row[k]) for row in cells) for k in range(len(filled))]
    lines = [
        "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    return [lines[0], "-" * sum([*widths, 2 * (len(widths) - 1)]), *lines[1:]]


def html_grid(header: Sequence[str], rows: Sequence[Sequence[str]], kind: str) -> str:
    """Return the same as HTML of class `kind`, every cell escaped."""
    filled = [i for i in range(len(header)) if any(row[i] for row in rows)]
    head = "".join(f"<th>{html.escape(header[i])}</th>" for i in filled)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(row[i])}</td>" for i in filled) + "</tr>"
        for row in rows
    )
    return (
        f'<table class="{kind}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def text_table(trace: "EvaluationTrace") -> str:
    """Return the operations in aligned columns, value and gradient below."""
    lines = grid(_header(trace), [_row(trace, o) for o in trace.operations])
    return "\n".join([*lines, *_foot(trace)])


def html_table(trace: "EvaluationTrace") -> str:
    """Return the same table as HTML, every cell escaped."""
    rows = [_row(trace, o) for o in trace.operations]
    foot = "<br>".join(html.escape(line) for line in _foot(trace))
    return html_grid(_header(trace), rows, "likely-trace") + f"<p>{foot}</p>"


def _header(trace: "EvaluationTrace") -> list[str]:
    tangents = [f"tangent {d}" for d in trace.directions]
    return ["variable", "value", *tangents, "adjoint", "local derivatives", "", "note"]


def _row(trace: "EvaluationTrace", o: "Operation") -> list[str]:
    tangents = [
        "" if o.tangents is None else _numbers(o.tangents[d])
        for d in range(len(trace.directions))
    ]
    return [
        f"{o.name} = {o.formula}" if o.formula else o.name,
        _numbers(o.value),
        *tangents,
        "" if o.adjoint is None else _numbers(o.adjoint),
        ", ".join(f"d/d{name} = {_partial(p)}" for name, p in o.partials.items()),
        f"in {' > '.join(o.inside)}" if o.inside else "",
        o.note,
    ]


def _foot(trace: "EvaluationTrace") -> list[str]:
    name = (
        ""
        if trace.result not in {o.name for o in trace.operations}
        else (f" = {trace.result}")
    )
    shown = [
        f"d/d{x} = {_number(g)}"
        for x, g in zip(trace.inputs[:8], trace.gradient[:8], strict=True)
    ]
    more = f", ... ({len(trace.inputs)} in all)" if len(trace.inputs) > 8 else ""
    lines = [
        f"{trace.function}{name} = {_number(trace.value)}",
        f"gradient: {', '.join(shown)}{more}",
    ]
    if not trace.directions:
        lines.append(
            f"no tangents: {len(trace.inputs)} inputs; choose some with `direction=`"
        )
    return lines


def _partial(jacobian: np.ndarray | None) -> str:
    if jacobian is None:
        return "(large)"
    half = jacobian.ndim // 2
    n = int(np.prod(jacobian.shape[:half]))
    if jacobian.ndim % 2 == 0 and jacobian.shape[:half] == jacobian.shape[half:]:
        matrix = jacobian.reshape(n, n)
        if n > 1 and not np.any(matrix - np.diag(np.diag(matrix))):
            return f"diag {_numbers(np.diag(matrix))}"
    return _numbers(jacobian)


def _numbers(array: np.ndarray | np.generic) -> str:
    if array.ndim == 0:
        return _number(array)
    shown = [_number(x) for x in array.ravel()[:SHOWN]]
    if array.ndim == 1 and array.size <= SHOWN:
        return f"[{', '.join(shown)}]"
    more = ", ..." if array.size > SHOWN else ""
    shape = " x ".join(str(n) for n in array.shape)
    return f"[{', '.join(shown)}{more}] ({shape})"


def _number(value: np.ndarray | np.generic | float) -> str:
    value = np.asarray(value)
    if value.dtype.kind in "biu":
        return str(value.item())
    number = value.item() if value.dtype.kind in "fc" else float(value)
    return f"{number + 0.0:.6g}"  # adding zero turns -0 into 0
