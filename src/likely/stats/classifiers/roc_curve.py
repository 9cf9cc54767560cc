"""The ROC curve of weighted events, its area, and what it says at a cut."""

import math
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from ...core.errors import LikelyError, nearest
from ..fitted import whole_number
from .curve_reading import ROUNDING, Reading, score, share
from .inputs import array_of
from .measured import Measured, efficiency_variance, measured_efficiency, plain
from .working_points import WorkingPoint, WorkingPoints

CLASSES = ("signal", "background")


@final
@dataclass(frozen=True)
class RocCurve:
    r"""Efficiencies of the cut *score $\ge$ threshold* for every distinct score.

    Args:
        thresholds: Falling; the first, infinite, passes nothing.
        signal_efficiency: $\varepsilon_s$, the share of the signal weights that pass.
        background_efficiency: $\varepsilon_b$.
        signal_squares: $\sum_{pass} w^2 / (\sum w)^2$ of the signal; the last is one
            over its effective number of events.
        background_squares: The same of the background.
        auc: The area under the curve.
        auc_error: Its error by DeLong; NaN with a single effective event of a class.
        notes: What a careful reader wants to know.
    """

    thresholds: Float[np.ndarray, " points"]
    signal_efficiency: Float[np.ndarray, " points"]
    background_efficiency: Float[np.ndarray, " points"]
    signal_squares: Float[np.ndarray, " points"]
    background_squares: Float[np.ndarray, " points"]
    auc: float
    auc_error: float
    notes: tuple[str, ...] = ()

    @property
    def signal_efficiency_error(self) -> Float[np.ndarray, " points"]:
        """Return the error of each signal efficiency at its threshold."""
        q = self.signal_squares
        return np.sqrt(efficiency_variance(self.signal_efficiency, q, q[-1]))

    @property
    def background_efficiency_error(self) -> Float[np.ndarray, " points"]:
        """Return the error of each background efficiency at its threshold."""
        q = self.background_squares
        return np.sqrt(efficiency_variance(self.background_efficiency, q, q[-1]))

    @property
    def effective_events(self) -> tuple[float, float]:
        r"""Return $(\sum w)^2 / \sum w^2$ of signal and of background."""
        q = self.signal_squares, self.background_squares
        return 1 / float(q[0][-1]), 1 / float(q[1][-1])

    @property
    def message(self) -> str:
        """Return the area in a sentence."""
        n, m = self.effective_events
        area = Measured(self.auc, self.auc_error, math.nan, math.nan)
        return f"AUC = {area} ({n:.6g} signal and {m:.6g} background events, effective)"

    def background_efficiency_at(self, signal_efficiency: float) -> Measured:
        r"""Return the background efficiency where the signal efficiency is given.

        Between two points the curve is a straight line, as in its area. The error has
        two parts, that of $\varepsilon_b$ at a fixed threshold, and that of the
        threshold, which the finite signal sample does not know better than
        $\varepsilon_s \pm \sigma_s$: $\sigma^2 = \sigma_b^2 + \frac14 [\varepsilon_b(
        \varepsilon_s + \sigma_s) - \varepsilon_b(\varepsilon_s - \sigma_s)]^2$.

        Args:
            signal_efficiency: From 0 to 1.

        Raises:
            LikelyError: If it is not from 0 to 1.

        References:
            F. Hsieh, B. Turnbull, Ann. Statist. 24 (1996) 25.
        """
        verb, name = "background_efficiency_at", "signal_efficiency"
        return self._reading("signal").at(share(verb, name, signal_efficiency))

    def signal_efficiency_at(self, background_efficiency: float) -> Measured:
        """Return the signal efficiency where the background efficiency is given.

        See `background_efficiency_at` for the line between points and the error.

        Args:
            background_efficiency: From 0 to 1.

        Raises:
            LikelyError: If it is not from 0 to 1.
        """
        verb, name = "signal_efficiency_at", "background_efficiency"
        return self._reading("background").at(share(verb, name, background_efficiency))

    def background_rejection(self, signal_efficiency: float) -> Measured:
        r"""Return $1/\varepsilon_b$ where the signal efficiency is given.

        It is infinite, with a finite lower end, where no background passes.

        Args:
            signal_efficiency: From 0 to 1.

        Raises:
            LikelyError: If it is not from 0 to 1.
        """
        verb, name = "background_rejection", "signal_efficiency"
        return self._reading("signal").at(share(verb, name, signal_efficiency)).inverse

    def working_points(
        self, efficiencies: ArrayLike | Any, *, of: str = "signal"
    ) -> WorkingPoints:
        """Return the tightest cuts that keep a share of the signal.

        Args:
            efficiencies: One share or many, from 0 to 1.
            of: "signal"; with "background" the loosest cuts that let no more than such
                a share of the background pass.

        Raises:
            LikelyError: If an efficiency is not from 0 to 1, or there is no such class.
        """
        if of not in CLASSES:
            raise LikelyError(
                f"`working_points(of=...)`: there is no class `{of}`; "
                f"{nearest(str(of), CLASSES)}"
            )
        verb, name = "working_points", "efficiencies"
        targets = array_of(verb, name, efficiencies)
        shares = [share(verb, name, t) for t in targets.ravel().tolist()]
        return WorkingPoints(tuple(self._cut(of, t) for t in shares))

    def at(self, threshold: float) -> WorkingPoint:
        r"""Return the working point of the cut *score $\ge$ threshold*.

        Args:
            threshold: A score.

        Raises:
            LikelyError: If it is no number, or NaN.
        """
        t = score("at", threshold)
        passed = int(np.sum(self.thresholds >= t))
        return replace(self._point(passed - 1), threshold=t)

    def thinned(self, points: int = 500) -> "RocCurve":
        """Return the curve by fewer of its points, at equal steps along it, to draw.

        The area and its error stay those of all points.

        Args:
            points: How many at most, and at least 2.

        Raises:
            LikelyError: If they are fewer.
        """
        points = whole_number("thinned", "points", points, least=2)
        steps = np.abs(np.diff(self.signal_efficiency))
        steps = steps + np.abs(np.diff(self.background_efficiency))
        along = np.append(0.0, np.cumsum(steps))
        wanted = np.linspace(0.0, along[-1], points)
        kept = np.unique(np.searchsorted(along, wanted * (1 - ROUNDING)))
        # Of points at one place the last: its squares are those of all events.
        kept[-1] = len(along) - 1
        return replace(
            self,
            thresholds=self.thresholds[kept],
            signal_efficiency=self.signal_efficiency[kept],
            background_efficiency=self.background_efficiency[kept],
            signal_squares=self.signal_squares[kept],
            background_squares=self.background_squares[kept],
        )

    def to_dict(self, *, points: int = 200) -> dict[str, Any]:
        """Return the layout of `result.json`: the area and a thinned curve.

        Args:
            points: Of the curve, at most.
        """
        few = self.thinned(points)
        return {
            "auc": self.auc,
            "auc_error": plain(self.auc_error),
            "effective_events": list(self.effective_events),
            "thresholds": [plain(t) for t in few.thresholds],
            "signal_efficiency": few.signal_efficiency.tolist(),
            "background_efficiency": few.background_efficiency.tolist(),
            "message": self.message,
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        """Return the sentence and the notes."""
        return "\n".join([self.message, *(f"note: {n}" for n in self.notes)])

    def _point(self, i: int) -> WorkingPoint:
        return WorkingPoint(
            float(self.thresholds[i]),
            self._efficiency("signal", i),
            self._efficiency("background", i),
        )

    def _efficiency(self, of: str, i: int) -> Measured:
        eps, q = self._class(of)
        return measured_efficiency(float(eps[i]), float(q[i]), float(q[-1]))

    def _class(self, of: str) -> Any:
        if of == "signal":
            return self.signal_efficiency, self.signal_squares
        return self.background_efficiency, self.background_squares

    def _cut(self, of: str, target: float) -> WorkingPoint:
        if of == "signal":
            reached = self.signal_efficiency >= target - ROUNDING
            return self._point(int(np.argmax(reached)))
        beyond = self.background_efficiency > target + ROUNDING
        i = int(np.argmax(beyond)) if beyond.any() else len(beyond)
        return self._point(i - 1)

    def _reading(self, given: str) -> Reading:
        other = CLASSES[given == "signal"]
        x, y = self._class(given), self._class(other)
        return Reading(*x, *y, first=given == "signal")
