"""How figures look: mplhep's style at the size of a page, applied in a context."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any, final

import matplotlib
import mplhep
from matplotlib.figure import Figure

# Six colours that stay apart for every kind of colour vision and in grey:
# M. A. Petroff (2021), arXiv:2107.02270. The first is for what a figure is about.
PALETTE = ("#e42536", "#5790fc", "#f89c20", "#964a8b", "#7a21dd", "#9c9ca1")
DASHES = ("--", "-.", ":", (0, (6, 1.5)), (0, (3, 1, 1, 1, 1, 1)))
INK = "#1a1a1a"
FAINT = "#b9bcc2"
ALARM = "#b3001b"

STYLE: dict[Any, Any] = {
    **mplhep.style.ROOT,
    # A family by name and not "sans-serif": it is then part of each text, and a figure
    # that is drawn later, outside the context, still looks the same.
    "font.family": ["TeX Gyre Heros", "DejaVu Sans"],
    "font.size": 12,
    "axes.labelsize": 13,
    "axes.titlesize": 11,
    "axes.linewidth": 1.0,
    "axes.edgecolor": INK,
    # Parsing mathtext is most of the time of a small figure: labels use Unicode.
    "axes.formatter.use_mathtext": False,
    "axes.formatter.useoffset": False,
    "axes.unicode_minus": True,
    "xtick.labelsize": 12,
    "ytick.labelsize": 12,
    "xtick.major.size": 7,
    "xtick.minor.size": 3.5,
    "ytick.major.size": 7,
    "ytick.minor.size": 3.5,
    "legend.fontsize": 11.5,
    "legend.handlelength": 2.2,
    "lines.linewidth": 1.8,
    "savefig.dpi": 160,
    "figure.dpi": 100,
    "text.usetex": False,
    # Type 3 subsets any outline, also those that TrueType embedding cannot hold.
    "pdf.fonttype": 3,
}

# Matplotlib's settings belong to the whole process: without the lock, two threads
# that leave their contexts in the wrong order would leave our style behind.
_LOCK = threading.RLock()


@contextmanager
def styled() -> Iterator[None]:
    """Apply the style inside the block, one thread at a time, and take it back."""
    with _LOCK, matplotlib.rc_context(STYLE):
        yield


def image(figure: Figure, kind: str) -> bytes:
    """Return a figure as a "png" or "pdf" file, the same bytes for the same figure."""
    undated = {"CreationDate": None} if kind == "pdf" else {}
    # Light compression: a third of the time, a tenth more bytes.
    fast: Any = {"pil_kwargs": {"compress_level": 3}} if kind == "png" else {}
    with styled(), BytesIO() as buffer:
        figure.savefig(buffer, format=kind, metadata=undated, **fast)
        return buffer.getvalue()


@final
class NotebookFigure(Figure):
    """A matplotlib figure that a notebook shows without any set-up."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """Return the picture, and its size on the page in pixels."""
        width, height = (round(100 * inches) for inches in self.get_size_inches())
        return image(self, "png"), {"width": width, "height": height}


def literal(text: str) -> str:
    """Return `text` such that matplotlib draws it as it is, dollars included."""
    return text.replace("$", r"\$")


def line_of(component: int) -> dict[str, Any]:
    """Return colour and dashes of the line of a component, by its place."""
    colours = PALETTE[1:]
    return {
        "color": colours[component % len(colours)],
        "linestyle": DASHES[component % len(DASHES)],
    }
