"""A trained model with what stands before and behind it: columns in, columns out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float

from ..core import LikelyError
from ..data import Dataset, Inputs, Labels
from ..fit.losses import AbstractLearningLoss, Gaussian, Quantile
from .predictions import predictions_of
from .target import Target


@final
@dataclass(frozen=True, eq=False)
class Predictor:
    """A model of events by their columns or images.

    Args:
        features: What is made of the columns, or of images.
        model: A network, or an ensemble of them.
        loss: With which it was trained; its inverse link makes predictions of outputs.
        target: What is predicted: classes, or a number.
    """

    features: Inputs
    model: Any
    loss: AbstractLearningLoss
    target: Labels | Target

    def members(self, data: Dataset) -> Float[np.ndarray, "members events *shape"]:
        """Return the prediction of each member of the ensemble for each event.

        Raises:
            LikelyError: If a column is not there, in another unit, or has a value that
                the features cannot stand for.
        """
        found = predictions_of(self.model, self.loss, self.features.matrix(data))
        if isinstance(self.target, Target):
            return self.target.unscaled(found, self.loss)
        return both_classes(found, self.target)

    def __call__(self, data: Dataset) -> Float[np.ndarray, " events *shape"]:
        """Return the prediction for each event.

        For classes their probabilities, (events, classes), the mean over members. For
        a number its expectation, (events,); with a learned width (events, 2): mean and
        standard deviation; for quantiles (events, levels). The variance of an ensemble
        is the mean of its members' variances and the variance of their means.

        Raises:
            LikelyError: As `members` does.
        """
        each = self.members(data)
        if isinstance(self.loss, Gaussian) and self.loss.sigma is None:
            return mixed(each)
        return each.mean(axis=0)

    def columns(self, data: Dataset) -> dict[str, Float[np.ndarray, " events"]]:
        """Return the predictions as named columns.

        `p_CLASS` for each class, or the name of the target with `_predicted`, and with
        `_sigma` where the width is learned or members differ.

        Raises:
            LikelyError: As `members` does, or if there is such a column already.
        """
        found = self(data)
        if isinstance(self.target, Labels):
            names = [f"p_{name}" for name in self.target.classes]
        elif isinstance(self.loss, Quantile):
            names = [f"{self.target.column}_q{level:g}" for level in self.loss.levels]
        else:
            names = [f"{self.target.column}_{end}" for end in ("predicted", "sigma")]
        table = found[:, None] if found.ndim == 1 else found
        columns = {n: table[:, i] for i, n in enumerate(names[: table.shape[1]])}
        taken = [name for name in columns if name in data.columns]
        if taken:
            raise LikelyError(
                f"the data have a column `{taken[0]}` already, which is the name of a "
                "prediction; leave it out."
            )
        return columns


def mixed(
    each: Float[np.ndarray, "members events 2"],
) -> Float[np.ndarray, "events 2"]:
    r"""Return mean and standard deviation of a mixture of Gaussians of equal weight.

    $\mu = \langle\mu_m\rangle$ and $\sigma^2 = \langle\sigma_m^2 + \mu_m^2\rangle -
    \mu^2$.

    References:
        B. Lakshminarayanan, A. Pritzel, C. Blundell (2017), arXiv:1612.01474,
        section 2.4.
    """
    mu, sigma = each[..., 0], each[..., 1]
    mean = mu.mean(axis=0)
    variance = (sigma**2).mean(axis=0) + mu.var(axis=0)
    return np.stack([mean, np.sqrt(variance)], axis=-1)


def both_classes(
    found: Float[np.ndarray, "members events *shape"], labels: Labels
) -> Float[np.ndarray, "members events classes"]:
    """Return a probability for each class, also of a model with one output for two."""
    if found.ndim == 2 or found.shape[-1] == 1 < len(labels.classes):
        p = found.reshape(found.shape[:2])
        return np.stack([1 - p, p], axis=-1)
    return found


def target_of_dict(content: Mapping[str, Any]) -> Labels | Target:
    """Return what `to_dict` of labels or of a target wrote."""
    if "classes" in content:
        return Labels.of_dict(content)
    return Target.of_dict(content)
