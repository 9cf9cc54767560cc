"""When a trial is given up: where it is worse than half of the trials before it."""

from collections.abc import Sequence
from typing import Any, final

import numpy as np

from .trial import Trial

# Below it a median says little.
FEWEST = 5
# The part of the longest trial in which none is given up: a large learning rate begins
# badly and may end well.
GRACE = 0.2


def bars_of(trials: Sequence[Trial]) -> tuple[float, ...]:
    r"""Return the loss after each epoch above which a trial is given up.

    It is $\mathrm{median}_j \min_{e' \le e} L_j(e')$ over the trials $j$ that came as
    far as epoch $e$, of those that ended before by themselves too.

    Args:
        trials: Those whose losses are known.

    References:
        D. Golovin et al. (2017), doi:10.1145/3097983.3098043, section 3.2.1.
    """
    told = [t for t in trials if t.state != "failed" and t.losses]
    longest = max((len(t.losses) for t in told), default=0)
    table = np.full((len(told), longest), np.nan)
    for row, trial in zip(table, told, strict=True):
        known = [np.inf if loss is None else loss for loss in trial.losses]
        row[: len(known)] = np.minimum.accumulate(known)
        if trial.state == "complete":
            row[len(known) :] = row[len(known) - 1]
    bars = np.full(longest, np.inf)
    for epoch in range(int(GRACE * longest), longest):
        seen = table[~np.isnan(table[:, epoch]), epoch]
        if len(seen) >= FEWEST:
            bars[epoch] = np.median(seen)
    return tuple(bars.tolist())


@final
class Watch:
    """Looks at the loss after each epoch, and says whether a training should end.

    It is what `Descent(watch=...)` calls.

    Args:
        bars: The loss after each epoch above which it should.
    """

    def __init__(self, bars: Sequence[float] = ()):
        self.losses: list[float] = []
        self.pruned = False
        self._bars, self._best = bars, np.inf

    def __call__(self, epochs: int, losses: Any) -> bool:
        """Return whether to stop, given the losses after so many epochs.

        Args:
            epochs: That were made.
            losses: One, or an array of one for each member, whose mean counts.
        """
        loss = float(np.mean(losses))
        self.losses.append(loss)
        self._best = min(self._best, loss) if np.isfinite(loss) else self._best
        epoch = epochs - 1
        if epoch < len(self._bars) and self._best > self._bars[epoch]:
            self.pruned = True
        return self.pruned
