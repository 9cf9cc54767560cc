"""From the events of a study to a trained model."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ...fit.logs.logs import NONE, Logs
from ...methods import (
    Classification,
    CrossOptions,
    Regression,
    classify,
    cross_classify,
    cross_regress,
    outputs_of,
    regress,
)
from .build import build_boosting, build_loss, build_minimiser, build_net
from .events import LearningData
from .schema import ClassifyStudy
from .schema_boosted import BOOSTED
from .study import LearningStudy


def trained(
    study: LearningStudy,
    data: LearningData,
    checkpoint: Any = None,
    *,
    watch: Callable[[int, Any], bool] | None = None,
    log: Logs = NONE,
) -> Classification | Regression:
    """Return the trained model of a study.

    Args:
        study: Whose options it has.
        data: Its events.
        checkpoint: A file to go on from, or None.
        watch: Looks on, as of `Descent`.
        log: Is told of each epoch.

    Raises:
        LikelyError: If the events cannot be learnt from.
    """
    content, labels = study.content, data.labels
    loss = build_loss(content)
    if content.model.net == BOOSTED:
        net = replace(build_boosting(content), watch=watch, log=log)
        return learnt(content, data, loss, net)
    outputs = outputs_of(loss) if labels is None else len(labels.classes)
    net = build_net(content, data.features, outputs)
    minimiser = replace(build_minimiser(content, checkpoint), watch=watch, log=log)
    return learnt(content, data, loss, net, minimiser)


def learnt(
    content: Any, data: LearningData, loss: Any, net: Any, minimiser: Any = None
) -> Classification | Regression:
    """Return a model that has learnt the events of a study.

    Args:
        content: The study, of which the target, folds and weights of classes count.
        data: Its events.
        loss: What is minimised.
        net: A network, or `Boosting`.
        minimiser: Of a network; None for trees.

    Raises:
        LikelyError: If the events cannot be learnt from.
    """
    labels, features = data.labels, data.features
    if content.fit.folds > 1:
        rest = content.split.train + content.split.validation
        options = CrossOptions(
            loss,
            balanced=content.fit.balanced,
            validation=content.split.validation / rest,
            seed=content.seed,
        )
        cross: dict[str, Any] = {
            "folds": content.fit.folds,
            "net": net,
            "minimiser": minimiser,
            "options": options,
        }
        if isinstance(content, ClassifyStudy):
            assert labels is not None
            return cross_classify(data.everything, features, labels, **cross)
        column = content.target.column
        return cross_regress(data.everything, features, column, **cross)
    given: dict[str, Any] = {"net": net, "loss": loss, "minimiser": minimiser}
    if isinstance(content, ClassifyStudy):
        assert labels is not None
        balanced = content.fit.balanced
        return classify(data.parts, features, labels, balanced=balanced, **given)
    return regress(data.parts, features, content.target.column, **given)
