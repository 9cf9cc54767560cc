"""When a training is over before its last epoch."""

from dataclasses import dataclass
from typing import final

from ...core import LikelyError


@final
@dataclass(frozen=True)
class EarlyStopping:
    """Stops when the loss of the validation events has not fallen for some epochs.

    The weights of the best epoch are returned.

    Args:
        patience: Number of epochs without a better one.
        smallest: By how much the loss of an event must fall to count as better.
    """

    patience: int = 10
    smallest: float = 0.0

    def __post_init__(self):
        if self.patience < 1 or self.smallest < 0:
            raise LikelyError(
                "`EarlyStopping` needs a patience of at least 1 and a smallest change "
                f"that is not negative; got {self.patience} and {self.smallest:g}."
            )
