"""Gradient descent, by batches of events: what training is."""

import os
from pathlib import Path
from typing import Any, final

import equinox as eqx
import numpy as np
from jaxtyping import Bool, Float

from ...core import AbstractMinimiser, LikelyError, Minimum
from .full_batch import descend
from .rules import AbstractRule, Adam
from .stopping import EarlyStopping

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
    """

    rule: AbstractRule = Adam()
    batch: int | None = eqx.field(default=256, kw_only=True, static=True)
    epochs: int = eqx.field(default=100, kw_only=True, static=True)
    stopping: EarlyStopping | None = eqx.field(default=None, kw_only=True, static=True)
    seed: int = eqx.field(default=0, kw_only=True, static=True)
    precision: str = eqx.field(default="float32", kw_only=True, static=True)
    checkpoint: str | os.PathLike[str] | None = eqx.field(
        default=None, kw_only=True, static=True
    )

    def __check_init__(self):
        if not isinstance(self.rule, AbstractRule):
            raise LikelyError(
                "`Descent` takes a rule such as `Adam(1e-3)`; got "
                f"{type(self.rule).__name__}."
            )
        for name in ("batch", "epochs"):
            value = getattr(self, name)
            if name == "batch" and value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise LikelyError(
                    f"`{name}` must be a positive whole number; got {value!r}."
                )
        if self.precision not in PRECISIONS:
            raise LikelyError(
                f"`precision` must be one of {', '.join(PRECISIONS)}; got "
                f"{self.precision!r}."
            )

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
        """
        return descend(self, objective, start, held)
