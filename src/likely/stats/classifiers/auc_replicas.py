"""The bootstrap of the area under a curve."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float, Int

from ...core.listener import progress
from ...fit.options import number
from ..fitted import whole_number
from ..intervals import ONE_SIGMA
from .inputs import LabelledScores, labelled
from .measured import Measured, plain
from .ranking import Ranking

# Numbers of a block of replicas: 32 MB an array.
ROOM = 2**22


@final
@dataclass(frozen=True)
class AucBootstrap:
    """Areas of resampled events.

    Args:
        auc: Area of the events as they are.
        replicas: Areas of the resampled events; NaN where the weights of a class sum
            to nothing positive.
        seed: Of the random numbers.
    """

    auc: float
    replicas: Float[np.ndarray, " replicas"]
    seed: int

    @property
    def valid(self) -> Float[np.ndarray, " valid"]:
        """Return the areas that are not NaN."""
        return self.replicas[~np.isnan(self.replicas)]

    @property
    def n_failed(self) -> int:
        """Return the number of replicas without an area."""
        return len(self.replicas) - len(self.valid)

    @property
    def error(self) -> float:
        """Return the standard deviation of the areas; NaN for less than two."""
        return float(self.valid.std(ddof=1)) if len(self.valid) > 1 else math.nan

    @property
    def bias(self) -> float:
        """Return the mean of the areas less the area of the events as they are."""
        return float(self.valid.mean()) - self.auc if len(self.valid) else math.nan

    def interval(self, *, level: float = ONE_SIGMA) -> tuple[float, float]:
        """Return the central interval, by quantiles of the areas.

        NaN where fewer than one of them is beyond an end.

        Args:
            level: Probability content.

        Raises:
            LikelyError: If it is not between 0 and 1.
        """
        rule = "a probability between 0 and 1"
        content = number("interval(level=...)", rule, lambda p: 0 < p < 1)(level)
        found, tail = self.valid, 0.5 * (1 - content)
        if tail * len(found) < 1:
            return math.nan, math.nan
        low, high = np.quantile(found, [tail, 1 - tail])
        return float(low), float(high)

    @property
    def message(self) -> str:
        """Return the area in a sentence."""
        area = Measured(self.auc, self.error, math.nan, math.nan)
        failed = f"; {self.n_failed} more have no area" if self.n_failed else ""
        return f"AUC = {area} by {len(self.valid)} bootstrap replicas{failed}"

    def to_dict(self) -> dict[str, Any]:
        """Return the layout of `result.json`."""
        return {
            "auc": self.auc,
            "error": plain(self.error),
            "bias": plain(self.bias),
            "interval": [plain(x) for x in self.interval()],
            "n_replicas": len(self.replicas),
            "n_failed": self.n_failed,
            "seed": self.seed,
            "message": self.message,
        }

    def __str__(self) -> str:
        """Return the sentence."""
        return self.message


def auc_bootstrap(
    scores: Any,
    signal: Any,
    weights: Any = None,
    *,
    replicas: int = 500,
    seed: int = 0,
) -> AucBootstrap:
    """Resample the events of each class, and take the area of each replica.

    Each replica draws as many signal and as many background events as there are, with
    replacement; an event drawn twice counts with twice its weight.

    Args:
        scores: One number an event, larger for signal.
        signal: True or 1 for signal, False or 0 for background.
        weights: One number an event; ones by default.
        replicas: How many.
        seed: Of the random numbers.

    Raises:
        LikelyError: If a length or a value is wrong, a class is missing, or its weights
            do not sum to a positive number.

    References:
        B. Efron, R. Tibshirani, An Introduction to the Bootstrap (1993), chapter 8, for
        the two samples.
    """
    verb = "auc_bootstrap"
    n = whole_number(verb, "replicas", replicas, least=2)
    seed = whole_number(verb, "seed", seed, least=0)
    data = labelled(verb, scores, signal, weights)
    ranking = Ranking.of(data.scores)
    w, v = data.of_signal[ranking.order], data.of_background[ranking.order]
    area = float(ranking.areas(w[None], v[None])[0])
    rng, found = np.random.default_rng(seed), []
    sizes = list(blocks(n, len(w)))
    with progress("bootstrap replicas", len(sizes)) as tell:
        for rows in sizes:
            counts = _counts(rng, rows, data, ranking)
            found.append(ranking.areas(w * counts, v * counts))
            tell()
    return AucBootstrap(area, np.concatenate(found), seed)


def blocks(n: int, width: int) -> Iterator[int]:
    """Return the sizes of blocks of rows that fit the memory.

    Args:
        n: Number of rows.
        width: Of a row.
    """
    height = max(1, ROOM // width)
    for begin in range(0, n, height):
        yield min(height, n - begin)


def _counts(
    rng: np.random.Generator, rows: int, data: LabelledScores, ranking: Ranking
) -> Int[np.ndarray, "rows events"]:
    """Return how often each event is drawn, in the order of the ranking."""
    found = np.empty((rows, len(ranking.order)), np.int64)
    signal = data.signal[ranking.order]
    for part in (np.flatnonzero(signal), np.flatnonzero(~signal)):
        m = len(part)
        drawn = rng.integers(0, m, (rows, m)) + m * np.arange(rows)[:, None]
        counted = np.bincount(drawn.ravel(), minlength=rows * m)
        found[:, part] = counted.reshape(rows, m)
    return found
