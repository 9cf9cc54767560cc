"""A figure on its way to the folder of a report and to its page."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from ..core import LikelyError, write_whole
from .page import Picture
from .style import image


@dataclass(frozen=True)
class Drawing:
    """A figure, and what the page says of it."""

    name: str
    figure: Figure
    alt: str = ""
    caption: str = ""


def with_figures(folder: str | os.PathLike[str]) -> Path:
    """Return the folder of a report, made together with its folder of figures.

    Raises:
        LikelyError: If it cannot be made.
    """
    figures = Path(folder) / "figures"
    try:
        figures.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LikelyError(
            f"cannot make the folder `{figures}`: {error.strerror}."
        ) from None
    return Path(folder)


def save(folder: Path, drawing: Drawing, written: list[Path]) -> Picture:
    """Write a drawing as PNG and PDF, note the files, return it for the page."""
    stem = re.sub(r"[^\w.+-]+", "_", drawing.name)
    taken = {path.stem for path in written}
    while stem in taken:
        stem += "_"
    png = image(drawing.figure, "png")
    for kind, content in (("png", png), ("pdf", image(drawing.figure, "pdf"))):
        path = folder / "figures" / f"{stem}.{kind}"
        write_whole(path, content)
        written.append(path)
    width = round(100 * drawing.figure.get_figwidth())
    return Picture(png, drawing.alt, drawing.caption, width)
