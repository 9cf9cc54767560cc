"""When a training is over before its last epoch."""

from typing import Any, final

import equinox as eqx

from ...core import LikelyError
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


def stopping_of(given: Any) -> EarlyStopping | None:
    """Return early stopping as it is, or None for never.

    Raises:
        LikelyError: If it is something else.
    """
    if given is not None and not isinstance(given, EarlyStopping):
        raise LikelyError(
            "`stopping` must be `EarlyStopping(patience)` or None; got "
            f"{type(given).__name__}."
        )
    return given
