"""Are predicted probabilities the observed ones?"""

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float, Int
from scipy.special import chdtrc

from ...core.errors import LikelyError, nearest
from .inputs import LabelledScores, Names, array_of, labelled
from .measured import Measured, efficiency_intervals, plain

EQUAL = ("width", "population")
# Of each class in a bin of the chi-square: expected, or there if events are weighted.
EXPECTED, ENOUGH = 5.0, 10


@final
@dataclass(frozen=True)
class Reliability:
    r"""Predicted and observed probabilities in bins of the predicted one.

    Args:
        edges: Of the bins; the last belongs to the last bin.
        sums: $W_b = \sum_{i \in b} w_i$.
        predicted: Mean of the predicted probabilities, $\sum w p / W_b$; NaN, as the
            next four, where the weights of a bin sum to nothing positive.
        observed: Share of signal, $\sum_{i \in b} w_i y_i / W_b$.
        errors: Of it.
        lower: Lower end of its central 68.3 % interval.
        upper: Upper end.
        ece: Expected calibration error, $\sum_b |\sum_{i \in b} w_i (y_i - p_i)| / W$.
        ece_if_calibrated: What it is expected to be of perfect probabilities, from the
            finite number of events.
        brier: Brier score $\sum_i w_i (p_i - y_i)^2 / W$, and its error.
        chi2: Of perfect probabilities, over bins merged until they hold enough.
        ndof: Number of the merged bins.
        p_value: Probability of a $\chi^2$ as large; NaN without a bin.
    """

    edges: Float[np.ndarray, " edges"]
    sums: Float[np.ndarray, " bins"]
    predicted: Float[np.ndarray, " bins"]
    observed: Float[np.ndarray, " bins"]
    errors: Float[np.ndarray, " bins"]
    lower: Float[np.ndarray, " bins"]
    upper: Float[np.ndarray, " bins"]
    ece: float
    ece_if_calibrated: float
    brier: Measured
    chi2: float
    ndof: int
    p_value: float

    @property
    def mce(self) -> float:
        """Return the maximum calibration error, the largest difference of a bin."""
        apart = np.abs(self.observed - self.predicted)
        return float(np.nanmax(apart, initial=0.0))

    @property
    def message(self) -> str:
        """Return what the test says, in a sentence."""
        start = (
            f"calibration error {self.ece:.3g} ({self.ece_if_calibrated:.2g} expected "
            f"of perfect probabilities), Brier score {self.brier}"
        )
        if math.isnan(self.p_value):
            return f"{start}; there are too few events for a test."
        verdict = "agree" if self.p_value >= 0.05 else "may not agree"
        verdict = "do not agree" if self.p_value < 0.003 else verdict
        return (
            f"{start}; chi2/ndof = {self.chi2:.1f}/{self.ndof}, p-value "
            f"{self.p_value:.3g}: the probabilities {verdict} with what is observed."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the layout of `result.json`; what is not a finite number is None."""
        columns = ("edges", "sums", "predicted", "observed", "errors", "lower", "upper")
        lists = {k: [plain(x) for x in getattr(self, k)] for k in columns}
        return lists | {
            "ece": self.ece,
            "ece_if_calibrated": self.ece_if_calibrated,
            "mce": self.mce,
            "brier": self.brier.to_dict(),
            "chi2": plain(self.chi2),
            "ndof": self.ndof,
            "p_value": plain(self.p_value),
            "message": self.message,
        }

    def __str__(self) -> str:
        """Return the sentence."""
        return self.message


def reliability(
    probabilities: Any,
    signal: Any,
    weights: Any = None,
    *,
    bins: Any = 10,
    equal: str = "width",
) -> Reliability:
    r"""Compare predicted probabilities with the share of signal, bin by bin.

    If the probabilities $p_i$ are right, $d_b = \sum_{i \in b} w_i (y_i - p_i)$ is zero
    but for its variance, and

    $$\chi^2 = \sum_b d_b^2 / V_b, \qquad V_b = \sum_{i \in b} p_i (1 - p_i)$$

    has one degree of freedom a bin, for events that $p$ was not fitted to. With weights
    $V_b = \sum_{i \in b} w_i^2 (y_i - p_i)^2$, right also where those of the classes
    differ. From the left, bins are merged until at least five events of each class are
    expected, with weights until ten are there; a rest joins its neighbour. Perfect
    probabilities have a calibration error of $\sum_b \sqrt{2 V_b/\pi}\, / W$.

    Args:
        probabilities: That an event is signal, from 0 to 1.
        signal: True or 1 for signal, False or 0 for background.
        weights: One number an event, of any sign; ones by default. A probability is
            that of the weighted events.
        bins: Their number, or their edges, rising from 0 to 1.
        equal: "width", or "population" for bins of equal sums of $|w|$; fewer, where
            many events have one probability.

    Raises:
        LikelyError: If a length or a value is wrong, a class is missing, or its weights
            do not sum to a positive number.

    References:
        D. Hosmer, S. Lemeshow, Commun. Stat. A 9 (1980) 1043; M. Naeini, G. Cooper,
        M. Hauskrecht, AAAI (2015) 2901, for the calibration errors; G. Brier, Mon.
        Weather Rev. 78 (1950) 1.
    """
    verb = "reliability"
    data = labelled(verb, probabilities, signal, weights, Names("probabilities"))
    if not (data.scores.min() >= 0 and data.scores.max() <= 1):
        raise LikelyError(
            f"`{verb}(probabilities=...)` are from 0 to 1; got {data.scores.min():.4g} "
            f"to {data.scores.max():.4g}. Calibrate the scores first, as with "
            "`Platt.fitted`."
        )
    edges = _edges(verb, data, bins, equal)
    n = len(edges) - 1
    place = np.clip(np.searchsorted(edges, data.scores, side="right") - 1, 0, n - 1)
    return _summary(data, edges, place)


def _summary(
    data: LabelledScores,
    edges: Float[np.ndarray, " edges"],
    place: Int[np.ndarray, " events"],
) -> Reliability:
    p, w, y = data.scores, data.weights, data.signal
    n = len(edges) - 1

    def total(x: Any) -> Float[np.ndarray, " bins"]:
        return np.bincount(place, x, minlength=n)

    W, all_W = total(w), w.sum()
    apart = w * (y - p)
    d = total(apart)
    V = total(w * w * p * (1 - p) if data.unweighted else apart**2)
    # Empty, or of negative weights: no share of it has a meaning.
    some = np.where(W > 0, W, np.nan)
    squares = total(w * w) / some**2
    observed = total(w * y) / some
    interval = efficiency_intervals(observed, total(w * w * y) / some**2, squares)
    interval = [np.where(W > 0, x, np.nan) for x in interval]
    brier = float(w @ (p - y) ** 2 / all_W)
    spread = float(np.sqrt(np.sum((w * ((p - y) ** 2 - brier)) ** 2)) / all_W)
    if data.unweighted:
        full = [np.bincount(place, x, n) / EXPECTED for x in (p, 1 - p)]
    else:
        full = [np.bincount(place[x], minlength=n) / ENOUGH for x in (y, ~y)]
    starts = _merged(np.stack(full))
    chi2, ndof = _chi_square(d, V, starts)
    return Reliability(
        edges=edges,
        sums=W,
        predicted=total(w * p) / some,
        observed=observed,
        errors=interval[0],
        lower=interval[1],
        upper=interval[2],
        ece=float(np.abs(d).sum() / all_W),
        ece_if_calibrated=float(np.sqrt(2 * V / math.pi).sum() / all_W),
        brier=Measured(brier, spread, brier - spread, brier + spread),
        chi2=chi2,
        ndof=ndof,
        p_value=float(chdtrc(ndof, chi2)) if ndof else math.nan,
    )


def _chi_square(
    d: Float[np.ndarray, " bins"],
    V: Float[np.ndarray, " bins"],
    starts: Int[np.ndarray, " groups"],
) -> tuple[float, int]:
    if not len(starts):
        return math.nan, 0
    sums, variances = np.add.reduceat(d, starts), np.add.reduceat(V, starts)
    # Certain of every event of a group: right, or refuted.
    certain = np.where(sums == 0, 0.0, np.inf)
    terms = np.divide(sums**2, variances, out=certain, where=variances > 0)
    return float(np.sum(terms)), len(starts)


def _merged(full: Float[np.ndarray, "classes bins"]) -> Int[np.ndarray, " groups"]:
    """Return the first bin of each group of bins in which each class reaches one."""
    starts, first = [], 0
    held = np.zeros(len(full))
    for i, part in enumerate(full.T):
        held = held + part
        if np.all(held >= 1):
            starts.append(first)
            first, held = i + 1, np.zeros(len(full))
    return np.array(starts, int)


def _edges(
    verb: str, data: LabelledScores, bins: Any, equal: str
) -> Float[np.ndarray, " edges"]:
    if equal not in EQUAL:
        raise LikelyError(
            f"`{verb}(equal=...)`: there is no `{equal}`; {nearest(str(equal), EQUAL)}"
        )
    given = array_of(verb, "bins", bins)
    if given.ndim > 0:
        return _own_edges(verb, given)
    if not isinstance(bins, int | np.integer) or isinstance(bins, bool) or bins < 1:
        raise LikelyError(
            f"`{verb}(bins=...)` is a whole number of at least 1, or the edges from 0 "
            f"to 1; got {bins!r}."
        )
    shares = np.linspace(0.0, 1.0, int(bins) + 1)
    if equal == "width":
        return shares
    inner = np.quantile(
        data.scores,
        shares[1:-1],
        weights=np.abs(data.weights),
        method="inverted_cdf",
    )
    return np.unique(np.concatenate([[0.0], inner, [1.0]]))


def _own_edges(verb: str, edges: np.ndarray) -> Float[np.ndarray, " edges"]:
    rising = (
        edges.dtype.kind in "iuf"
        and edges.ndim == 1
        and len(edges) > 1
        and bool(np.all(np.diff(edges) > 0))
    )
    if not rising or edges[0] != 0 or edges[-1] != 1:
        raise LikelyError(
            f"`{verb}(bins=...)`: edges rise from 0 to 1; got {edges.tolist()!r:.80}."
        )
    return edges.astype(float)
