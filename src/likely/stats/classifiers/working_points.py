"""Working points of a classifier as a table."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from .measured import Measured, plain

HEADER = ("threshold", "signal efficiency", "background efficiency", "rejection")


@final
@dataclass(frozen=True)
class WorkingPoint:
    r"""A cut *score $\ge$ threshold*; the errors are those at this very threshold.

    Args:
        threshold: Least score that passes.
        signal_efficiency: Share of the signal that passes.
        background_efficiency: Share of the background that passes.
    """

    threshold: float
    signal_efficiency: Measured
    background_efficiency: Measured

    @property
    def rejection(self) -> Measured:
        r"""Return $1/\varepsilon_b$."""
        return self.background_efficiency.inverse

    def to_dict(self) -> dict[str, Any]:
        """Return the layout of `result.json`."""
        return {
            "threshold": plain(self.threshold),
            "signal_efficiency": self.signal_efficiency.to_dict(),
            "background_efficiency": self.background_efficiency.to_dict(),
            "rejection": self.rejection.to_dict(),
        }


@final
@dataclass(frozen=True)
class WorkingPoints:
    """Working points in the order in which they were asked for.

    Args:
        points: Any number of them.
    """

    points: tuple[WorkingPoint, ...]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.points)

    def __iter__(self) -> Iterator[WorkingPoint]:
        """Go through them."""
        return iter(self.points)

    def __getitem__(self, i: int) -> WorkingPoint:
        """Return one by its place."""
        return self.points[i]

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """Return the cells of the table, one row a point, in the order of `HEADER`."""
        return [
            (
                f"{p.threshold:.6g}",
                str(p.signal_efficiency),
                str(p.background_efficiency),
                str(p.rejection),
            )
            for p in self.points
        ]

    def to_dict(self) -> list[dict[str, Any]]:
        """Return the layout of `result.json`."""
        return [point.to_dict() for point in self.points]

    def __str__(self) -> str:
        """Return the table in aligned columns."""
        cells = [HEADER, *self.rows]
        widths = [max(len(row[i]) for row in cells) for i in range(len(HEADER))]
        return "\n".join(
            "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
            for row in cells
        )
