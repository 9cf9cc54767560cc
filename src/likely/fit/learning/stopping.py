"""When a training is over before its last epoch."""

from typing import final

import equinox as eqx

from ..options import not_negative, whole


@final
class EarlyStopping(eqx.Module):
    """Stops when the loss of the validation events has not fallen for some epochs.

    The weights of the best epoch are returned.

    Args:
        patience: Number of epochs without a better one.
        smallest: By how much the loss of an event must fall to count as better.
    """

    patience: int = eqx.field(default=10, converter=whole("patience"), static=True)
    smallest: float = eqx.field(
        default=0.0, converter=not_negative("smallest"), static=True
    )
