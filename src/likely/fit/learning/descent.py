"""Gradient descent, by batches of events: what training is."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, final

import equinox as eqx
import numpy as np
from jaxtyping import Bool, Float

from ...core import AbstractMinimiser, LikelyError, Minimum
from ..logs.logs import Logs
from ..options import whole
from .full_batch import descend
from .rules import AbstractRule, Adam, rule_of
from .stopping import EarlyStopping, stopping_of

PRECISIONS = ("float32", "bfloat16")


@final
class Descent(AbstractMinimiser):
    r"""Moves the weights of a model against the gradient of batches of events.

    The loss of a batch $B$ of events, drawn without replacement in each epoch, is
    $\frac{N}{b W} \sum_{i \in B} w_i \ell_i + \frac1W \sum_k P_k$ with $N$ events of
    weight $W$ in all and $b$ events a batch: its expectation is the loss over all
    events divided by $W$, also where some weights are negative.

    Args:
        rule: How a gradient moves the weights; Adam with a rate of 0.001 by default.
        batch: Events a step; None for all of them (batch gradient descent), 1 for
            stochastic gradient descent.
        epochs: How often each event is used.
        stopping: When to stop before, or None.
        seed: Of the order of events, and of what is random in the model.
        precision: "float32", or "bfloat16" for the products of matrices.
        checkpoint: A file that the state is written to every few seconds; training
            goes on from it where it exists, to the same weights as without a break.
        watch: A function of the number of epochs made and of the validation loss of
            each member, called after each epoch; training ends where it returns True.
        log: Where each epoch is told to, one of `lk.logs` or several.
    """

    rule: AbstractRule = eqx.field(default=Adam(), converter=rule_of)
    batch: int | None = eqx.field(
        default=256,
        converter=lambda value: None if value is None else whole("batch")(value),
        kw_only=True,
        static=True,
    )
    epochs: int = eqx.field(
        default=100, converter=whole("epochs"), kw_only=True, static=True
    )
    stopping: EarlyStopping | None = eqx.field(
        default=None, converter=stopping_of, kw_only=True
    )
    seed: int = eqx.field(
        default=0, converter=whole("seed", 0), kw_only=True, static=True
    )
    precision: str = eqx.field(
        default="float32",
        converter=lambda value: _precision(value),
        kw_only=True,
        static=True,
    )
    checkpoint: str | os.PathLike[str] | None = eqx.field(
        default=None,
        converter=lambda value: _path(value),
        kw_only=True,
        static=True,
    )
    watch: Callable[[int, Any], bool] | None = eqx.field(
        default=None, kw_only=True, static=True
    )
    log: Logs = eqx.field(default=None, converter=Logs.of, kw_only=True, static=True)

    @property
    def checkpoint_file(self) -> Path | None:
        """Return the file of the state, or None."""
        return None if self.checkpoint is None else Path(self.checkpoint)

    def minimise(
        self,
        objective: Any,
        start: Float[np.ndarray, " free"],
        *,
        held: Bool[np.ndarray, " free"] | None = None,
    ) -> Minimum:
        """Return where gradient descent on the whole objective ends.

        This is for parameters, with all events in each step; the weights of a network
        are trained by batches, which `fit` does.

        Raises:
            LikelyError: If an option is given that is for networks alone.
        """
        given = {
            "stopping": self.stopping is not None,
            "checkpoint": self.checkpoint is not None,
            "precision": self.precision != PRECISIONS[0],
            "watch": self.watch is not None,
            "log": bool(self.log.logs),
        }
        for name in [name for name, is_given in given.items() if is_given]:
            raise LikelyError(
                f"`Descent({name}=...)` is for networks; the parameters of a density "
                "are moved in double precision, with all events in each step."
            )
        return descend(self, objective, start, held)


def _precision(given: Any) -> str:
    if given not in PRECISIONS:
        raise LikelyError(
            f"`precision` must be one of {', '.join(PRECISIONS)}; got {given!r}."
        )
    return given


def _path(given: Any) -> str | None:
    if given is not None and not isinstance(given, str | os.PathLike):
        raise LikelyError(
            f"`checkpoint` must be the path of a file; got {type(given).__name__}."
        )
    return None if given is None else os.fspath(given)
