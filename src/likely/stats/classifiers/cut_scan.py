"""The best cut on a score, and how well simulation knows it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
from jaxtyping import Bool, Float

from ...core.errors import LikelyError
from ...fit.options import number
from ..fitted import whole_number
from .curve_reading import score
from .inputs import labelled
from .measured import Measured, plain
from .median_significance import significance
from .ranking import Ranking

VERB = "significance_scan"
COLUMNS = (
    "thresholds",
    "significance",
    "significance_error",
    "signal",
    "signal_error",
    "background",
    "background_error",
)


@final
@dataclass(frozen=True)
class Cut:
    r"""The cut *score $\ge$ threshold*.

    Args:
        threshold: Least score that passes.
        significance: Expected, and its error from the finite simulation.
        signal: Sum of weights that passes.
        background: The same of the background.
    """

    threshold: float
    significance: Measured
    signal: Measured
    background: Measured

    def to_dict(self) -> dict[str, Any]:
        """Return the layout of `result.json`."""
        return {
            "threshold": self.threshold,
            "significance": self.significance.to_dict(),
            "signal": self.signal.to_dict(),
            "background": self.background.to_dict(),
        }

    def __str__(self) -> str:
        """Return the cut in a sentence."""
        return (
            f"score >= {self.threshold:.6g}: Z = {self.significance}, signal "
            f"{self.signal}, background {self.background}"
        )


@final
@dataclass(frozen=True)
class SignificanceScan:
    r"""The significance of the cut at every distinct score.

    Args:
        thresholds: Falling.
        significance: $Z$; NaN where the background and `b_reg` are negative.
        significance_error: From the two errors below; NaN with the significance, or
            where that is infinite.
        signal: Sum of weights $s$ that passes each.
        signal_error: $\sqrt{\sum w^2}$ of it.
        background: $b$.
        background_error: Of it.
        enough: Where at least `least` effective events of each class pass.
        best: The cut of the largest significance among these.
    """

    thresholds: Float[np.ndarray, " cuts"]
    significance: Float[np.ndarray, " cuts"]
    significance_error: Float[np.ndarray, " cuts"]
    signal: Float[np.ndarray, " cuts"]
    signal_error: Float[np.ndarray, " cuts"]
    background: Float[np.ndarray, " cuts"]
    background_error: Float[np.ndarray, " cuts"]
    enough: Bool[np.ndarray, " cuts"]
    best: Cut

    def at(self, threshold: float) -> Cut:
        """Return the cut at a threshold, as one chosen with other events.

        Args:
            threshold: A score that at least one event passes.

        Raises:
            LikelyError: If it is no number, or no event passes.
        """
        t = score("at", threshold)
        passed = int(np.sum(self.thresholds >= t))
        if not passed:
            raise LikelyError(
                f"`at(threshold=...)`: no event has a score of {t} or more; take one "
                f"up to the largest, {self.thresholds[0]:.6g}."
            )
        cut = _cut({k: getattr(self, k) for k in COLUMNS}, passed - 1)
        return replace(cut, threshold=t)

    def thinned(self, points: int = 500) -> "SignificanceScan":
        """Return the scan at fewer cuts, to draw.

        Half of them are equally many scores apart, and half at equal steps of the
        threshold: few events are above the best cut.

        Args:
            points: How many at most, and at least 2.

        Raises:
            LikelyError: If they are fewer.
        """
        points = whole_number("thinned", "points", points, least=2)
        t, last = self.thresholds, len(self.thresholds) - 1
        ranks = np.linspace(0, last, points - points // 2).round().astype(int)
        steps = np.linspace(t[0], t[last], points // 2)
        kept = np.union1d(ranks, np.minimum(np.searchsorted(-t, -steps), last))
        few = {k: getattr(self, k)[kept] for k in (*COLUMNS, "enough")}
        return replace(self, **few)

    @property
    def message(self) -> str:
        """Return the best cut in a sentence."""
        return f"best cut: {self.best}"

    def to_dict(self, *, points: int = 200) -> dict[str, Any]:
        """Return the layout of `result.json`: the best cut and a thinned scan.

        Args:
            points: Of the scan, at most.
        """
        few = self.thinned(points)
        lists = {k: [plain(x) for x in getattr(few, k)] for k in COLUMNS}
        return {"best": self.best.to_dict(), "message": self.message} | lists

    def __str__(self) -> str:
        """Return the sentence."""
        return self.message


def significance_scan(
    scores: Any,
    signal: Any,
    weights: Any = None,
    *,
    b_reg: float = 0.0,
    relative_sigma_b: float = 0.0,
    least: float = 10.0,
) -> SignificanceScan:
    r"""Find the cut of the largest approximate median significance.

    $$\sigma_Z^2 = \Bigl(\frac{\partial Z}{\partial s}\Bigr)^2 \sum_{S, pass} w_i^2 +
    \Bigl(\frac{\partial Z}{\partial b}\Bigr)^2 \sum_{B, pass} w_i^2$$

    is the error of $Z$ at a cut from the finite simulation, not that of the experiment.
    The largest of many fluctuating numbers is too large: quote `scan.at(threshold)` of
    events that did not choose the cut.

    Args:
        scores: One number an event, larger for signal.
        signal: True or 1 for signal, False or 0 for background.
        weights: Expected events that each simulated one stands for; ones by default.
        b_reg: Added to the background, as the 10 of the Higgs challenge.
        relative_sigma_b: Relative error of the background at any cut, as 0.1.
        least: Effective events, $(\sum w)^2/\sum w^2$, of each class that must pass the
            best cut: with less the sums say little of what is expected.

    Raises:
        LikelyError: If a length or a value is wrong, a class is missing, its weights do
            not sum to a positive number, or no cut has enough events.
    """
    rule = "finite and not negative"
    for name, value in (("b_reg", b_reg), ("relative_sigma_b", relative_sigma_b)):
        number(f"{VERB}({name}=...)", rule, lambda x: 0 <= x < math.inf)(value)
    number(f"{VERB}(least=...)", "a finite number", math.isfinite)(least)
    if b_reg > 0 and relative_sigma_b > 0:
        raise LikelyError(
            f"`{VERB}`: `b_reg` and `relative_sigma_b` are two ways to be careful with "
            "the background; give one of them."
        )
    data = labelled(VERB, scores, signal, weights)
    ranking = Ranking.of(data.scores)
    w, v = data.of_signal, data.of_background
    s, b = ranking.passing(w), ranking.passing(v)
    s2, b2 = ranking.passing(w * w), ranking.passing(v * v)
    found = significance(s, b + b_reg, relative_sigma_b * b)
    spread = np.sqrt(found.by_signal**2 * s2 + found.by_background**2 * b2)
    enough = (s > 0) & (b > 0) & (s * s >= least * s2) & (b * b >= least * b2)
    allowed = np.flatnonzero(enough)
    if not len(allowed):
        raise LikelyError(
            f"`{VERB}(least=...)`: no cut keeps {least:g} effective events of signal "
            "and of background; take more events or a smaller `least`."
        )
    columns = {
        "thresholds": ranking.levels,
        "significance": found.value,
        "significance_error": np.where(np.isfinite(found.value), spread, np.nan),
        "signal": s,
        "signal_error": np.sqrt(s2),
        "background": b,
        "background_error": np.sqrt(b2),
    }
    best = allowed[np.argmax(found.value[allowed])]
    return SignificanceScan(**columns, enough=enough, best=_cut(columns, int(best)))


def _cut(columns: Mapping[str, Float[np.ndarray, " cuts"]], i: int) -> Cut:
    threshold, *rest = (float(columns[k][i]) for k in COLUMNS)
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return Cut(threshold, *(Measured(x, e, x - e, x + e) for x, e in pairs))
