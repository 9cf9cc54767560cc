"""The losses that trees are boosted by, and what scikit-learn calls them."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float
from scipy.special import gammaln

from ...core import LikelyError
from ...data import Samples
from ...fit.losses import (
    AbstractLearningLoss,
    Bernoulli,
    Categorical,
    Poisson,
    Quantile,
    SquaredError,
)

# For the error: those that scikit-learn's trees have.
KNOWN = "Categorical, SquaredError, Poisson, and Quantile of one level"


@final
@dataclass(frozen=True)
class Scale:
    r"""A loss of scikit-learn, $\ell'$, of which ours is $\ell = s \ell' + c$.

    Args:
        name: Of the loss there.
        factor: $s$.
        quantile: Its level, of quantiles.
    """

    name: str
    factor: float = 1.0
    quantile: float | None = None

    def shift(self, samples: Samples) -> float:
        """Return $c$, the mean over events, which a model cannot change."""
        if self.name != "poisson":
            return 0.0
        logs = gammaln(np.asarray(samples.targets, float) + 1)
        return float(np.average(logs, weights=samples.weights))

    def ours(
        self, scores: Any, samples: Samples | None, count: int
    ) -> Float[np.ndarray, " steps"]:
        """Return our loss after each step, given scikit-learn's scores, minus losses.

        Args:
            scores: Before the first step, and after each.
            samples: Of which they are; None if there are none.
            count: Steps.
        """
        if samples is None:
            return np.full(count, np.nan)
        return -self.factor * np.asarray(scores)[1:] + self.shift(samples)


def boosted_loss(
    loss: AbstractLearningLoss | None, classes: int | None
) -> AbstractLearningLoss:
    """Return the loss that trees are boosted by.

    Args:
        loss: What the user gave; None for that of the method.
        classes: Their number; None of a regression. Two are told apart by one logit.

    Raises:
        LikelyError: If trees cannot be boosted by it.
    """
    if loss is None:
        loss = SquaredError() if classes is None else Categorical()
    name = type(loss).__name__
    if loss.penalties or loss.of_outputs is not None:
        raise LikelyError(
            f"`{name}` has penalties, or a term of outputs, and trees have no weights "
            "that those could move; drop them, and take `l2`, `minimum_leaf` or "
            "`leaves` of `Boosting`."
        )
    if getattr(loss, "label_smoothing", 0.0):
        raise LikelyError(
            "`label_smoothing` is not for boosted trees, which learn classes as they "
            "are; drop it."
        )
    if isinstance(loss, Categorical) and classes == 2:
        return Bernoulli()
    scale_of(loss)
    return loss


def scale_of(loss: AbstractLearningLoss) -> Scale:
    """Return scikit-learn's loss for one of ours.

    Raises:
        LikelyError: If it has none.
    """
    if isinstance(loss, Categorical | Bernoulli):
        return Scale("log_loss")
    if isinstance(loss, SquaredError):
        return Scale("squared_error", 2.0)
    if isinstance(loss, Poisson):
        return Scale("poisson")
    if isinstance(loss, Quantile) and len(loss.levels) == 1:
        return Scale("quantile", quantile=loss.levels[0])
    several = " of several levels" if isinstance(loss, Quantile) else ""
    raise LikelyError(
        f"trees cannot be boosted by the loss `{type(loss).__name__}`{several}; take "
        f"{KNOWN}, or a network."
    )
