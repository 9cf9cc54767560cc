"""What is measured for each event: a column with a range and a unit."""

import math
from dataclasses import dataclass

from .errors import LikelyError


@dataclass(frozen=True)
class Observable:
    """A measured quantity; densities are normalised on its range.

    Args:
        name: Column of the dataset.
        lower: Lower edge of the range, in `unit`.
        upper: Upper edge of the range, in `unit`.
        unit: Unit in words, for instance "GeV"; empty if dimensionless.

    Raises:
        LikelyError: If the range is empty or not finite.
    """

    name: str
    lower: float
    upper: float
    unit: str = ""

    def __post_init__(self) -> None:
        for field in ("lower", "upper"):
            try:
                object.__setattr__(self, field, float(getattr(self, field)))
            except (TypeError, ValueError):
                raise LikelyError(
                    f"observable `{self.name}`: `{field}` must be a number; "
                    f"got {getattr(self, field)!r}."
                ) from None
        finite = math.isfinite(self.lower) and math.isfinite(self.upper)
        if not finite or self.lower >= self.upper:
            raise LikelyError(
                f"observable `{self.name}`: the range must be two finite numbers, "
                f"lower < upper; got [{self.lower}, {self.upper}]."
            )

    @property
    def label(self) -> str:
        """Return the axis label, `name [unit]`."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name
