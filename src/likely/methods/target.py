"""The number that a regression predicts, in a unit in which a network can learn it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, final

import numpy as np
from jaxtyping import Float

from ..core import LikelyError
from ..data import Dataset
from ..fit.losses import AbstractLearningLoss, Gaussian, Huber, Poisson


@final
@dataclass(frozen=True)
class Target:
    r"""A column $t$, learnt as $(t - c) / s$.

    Args:
        column: Its name.
        centre: $c$, the mean of the training events.
        scale: $s$, their standard deviation.
        unit: Unit of the column in words.
    """

    column: str
    centre: float = 0.0
    scale: float = 1.0
    unit: str = ""

    @staticmethod
    def of(data: Dataset, column: str, loss: AbstractLearningLoss) -> "Target":
        """Return a target scaled to events; counts of a Poisson loss are not.

        Raises:
            LikelyError: If there is no such column, or it is constant or not finite.
        """
        values = np.asarray(data[column], float)
        bad = np.flatnonzero(~np.isfinite(values))
        if len(bad):
            raise LikelyError(
                f"the target `{column}` must be finite; {len(bad)} of {len(values)} "
                f"events are not, the first in row {bad[0]}; select events."
            )
        if values.min() == values.max():
            raise LikelyError(
                f"the target `{column}` is {values[0]:g} in all {len(values)} events; "
                "there is nothing to learn."
            )
        unit = data.units.get(column, "")
        if isinstance(loss, Poisson):
            return Target(column, unit=unit)
        return Target(column, float(values.mean()), float(values.std()), unit)

    def scaled(self, loss: AbstractLearningLoss) -> AbstractLearningLoss:
        """Return the loss for what is learnt, of one in the unit of the column."""
        if isinstance(loss, Gaussian) and loss.sigma is not None:
            return replace(loss, sigma=loss.sigma / self.scale)
        if isinstance(loss, Huber):
            return replace(loss, delta=loss.delta / self.scale)
        return loss

    def values(self, data: Dataset) -> Float[np.ndarray, " events"]:
        """Return the target of each event as it is learnt.

        Raises:
            LikelyError: If there is no such column, or it is not finite.
        """
        scaled = (np.asarray(data[self.column], float) - self.centre) / self.scale
        if not np.isfinite(scaled).all():
            raise LikelyError(
                f"the target `{self.column}` is not finite in "
                f"{np.sum(~np.isfinite(scaled))} events; select events."
            )
        return scaled

    def unscaled(
        self, found: Float[np.ndarray, "..."], loss: AbstractLearningLoss
    ) -> Float[np.ndarray, "..."]:
        """Return predictions in the unit of the column."""
        wide = np.asarray(found, float)
        if isinstance(loss, Gaussian) and loss.sigma is None:
            shape = wide.reshape(*wide.shape[:2], 2)
            return shape * self.scale + np.array([self.centre, 0.0])
        out = wide * self.scale + self.centre
        return out[..., 0] if out.ndim == 3 and out.shape[-1] == 1 else out

    def to_dict(self) -> dict[str, Any]:
        """Return what `of_dict` takes, for JSON."""
        return asdict(self)

    @staticmethod
    def of_dict(content: Mapping[str, Any]) -> "Target":
        """Return the target that `to_dict` wrote."""
        return Target(**content)
