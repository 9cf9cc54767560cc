"""Trees grown by scikit-learn's HistGradientBoosting."""

import importlib
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float

from ...core import LikelyError
from ...data import Samples
from ...fit.losses import AbstractLearningLoss, Bernoulli, Categorical
from .boosting import Boosting
from .losses import scale_of

# Of fewer events, threads wait for each other as long as they work: 5000 events of 27
# columns take 0.37 s with one thread and with two.
FEW = 20_000


@final
@dataclass(frozen=True, eq=False)
class Grown:
    """The trees of one model, and how they came to be.

    Args:
        trees: The nodes of each, as scikit-learn keeps them: (steps, outputs).
        baseline: Outputs before the first step.
        training_loss: Loss of an event after each step.
        validation_loss: The same of the validation events; nan without.
        stopped: Whether it ended before the last step.
        seconds: That it took.
    """

    trees: list[list[Any]]
    baseline: Float[np.ndarray, " outputs"]
    training_loss: Float[np.ndarray, " steps"]
    validation_loss: Float[np.ndarray, " steps"]
    stopped: bool
    seconds: float


def grow(
    boosting: Boosting,
    train: Samples,
    validation: Samples | None,
    loss: AbstractLearningLoss,
    seed: int,
) -> Grown:
    """Return trees that are boosted by events.

    Args:
        boosting: What they are to be like.
        train: The events.
        validation: Those that watch, or None.
        loss: One that trees have.
        seed: Of what is random.

    Raises:
        LikelyError: If scikit-learn is not there, or a weight is negative.
    """
    ensemble = _scikit_learn()
    for samples, name in ((train, "training"), (validation, "validation")):
        _check_weights(samples, name)
    scale, stopping = scale_of(loss), boosting.stopping
    classes = isinstance(loss, Categorical | Bernoulli)
    kind = "Classifier" if classes else "Regressor"
    # Never, but so that the losses of all steps are kept.
    patience = boosting.trees + 1
    if stopping is not None and validation is not None:
        patience = stopping.patience
    options = {} if scale.quantile is None else {"quantile": scale.quantile}
    model = getattr(ensemble, f"HistGradientBoosting{kind}")(
        loss=scale.name,
        learning_rate=boosting.learning_rate,
        max_iter=boosting.trees,
        max_leaf_nodes=boosting.leaves,
        max_depth=boosting.depth,
        min_samples_leaf=boosting.minimum_leaf,
        l2_regularization=boosting.l2,
        max_features=boosting.columns,
        max_bins=boosting.bins,
        categorical_features=None,
        early_stopping=True,
        scoring="loss",
        validation_fraction=None,
        n_iter_no_change=patience,
        # In the units of the loss there.
        tol=0.0 if stopping is None else stopping.smallest / scale.factor,
        random_state=seed,
        **options,
    )
    watched: Any = {}
    if validation is not None:
        watched = {"X_val": validation.inputs, "y_val": validation.targets}
        watched["sample_weight_val"] = validation.weights
    begin = time.perf_counter()
    with _threads(len(train)):
        model.fit(train.inputs, train.targets, train.weights, **watched)
    seconds = time.perf_counter() - begin
    # The trees have no public form there; tests compare ours with what it predicts.
    trees = [[tree.nodes for tree in step] for step in model._predictors]
    count = len(trees)
    return Grown(
        trees,
        np.ravel(model._baseline_prediction),
        scale.ours(model.train_score_, train, count),
        scale.ours(model.validation_score_, validation, count),
        count < boosting.trees,
        seconds,
    )


def _threads(events: int) -> AbstractContextManager[Any]:
    if events >= FEW:
        return nullcontext()
    limits = importlib.import_module("threadpoolctl").threadpool_limits
    return limits(1, user_api="openmp")


def _scikit_learn() -> Any:
    try:
        return importlib.import_module("sklearn.ensemble")
    except ImportError:
        raise LikelyError(
            "boosted trees are grown by scikit-learn, which is not installed: "
            '`pip install "likely[boosted]"`.'
        ) from None


def _check_weights(samples: Samples | None, name: str) -> None:
    w = None if samples is None else samples.weights
    if w is None:
        return
    negative = np.flatnonzero(w < 0)
    if len(negative):
        raise LikelyError(
            f"{len(negative)} of the {len(w)} {name} events have a negative weight, "
            f"the first {w[negative[0]]:g}, and trees are boosted by weights of zero "
            "and more; leave them out by a selection, or take a network, which learns "
            "from them."
        )
    if not w.sum() > 0:
        raise LikelyError(f"the weights of all {len(w)} {name} events are zero.")
