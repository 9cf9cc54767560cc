"""What a study of a training describes, as objects: network, loss, minimiser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax

from ...data import Images, Inputs
from ...fit import (
    SGD,
    Adam,
    Clipped,
    Constant,
    Cosine,
    Descent,
    EarlyStopping,
    Ensemble,
    Exponential,
    Linear,
    RMSprop,
    Steps,
)
from ...fit.losses import (
    L1,
    L2,
    AbstractLearningLoss,
    AbstractPenalty,
    Categorical,
    Gaussian,
    Huber,
    Poisson,
    Quantile,
    SquaredError,
)
from ...methods import Boosting
from ...nets import make_net
from .schema import ClassifyStudy, RegressStudy
from .schema_boosted import BOOSTED
from .schema_fit import LearningFitSection
from .schema_model import OPTIONS

# Of SGD where the study does not say.
MOMENTUM = 0.9
# Where a width is learnt: it starts far too small for some events, whose gradients are
# then a million times the others.
CLIP = 1.0


def build_net(
    content: ClassifyStudy | RegressStudy, features: Inputs, outputs: int
) -> Any:
    """Return the network of a study, an ensemble where there are several.

    Raises:
        LikelyError: If the network refuses an option.
    """
    section, members = content.model, max(content.fit.ensemble, content.fit.folds)
    options: dict[str, Any] = {"inputs": features.size, "outputs": outputs}
    if isinstance(features, Images):
        options |= {"inputs": features.shape, "dimensions": 2}
    elif features.codes:
        options["categories"] = features.codes
    for name in OPTIONS[section.net]:
        value = getattr(section, name)
        value = tuple(value) if isinstance(value, list) else value
        options[name] = None if value == "none" else value
    key = jax.random.key(content.seed)
    if members == 1:
        return make_net(section.net, key=key, **options)
    return Ensemble.of(
        lambda key: make_net(section.net, key=key, **options), members, key=key
    )


def build_boosting(content: ClassifyStudy | RegressStudy) -> Boosting:
    """Return the boosted trees of a study.

    Raises:
        LikelyError: If an option is refused.
    """
    section, fit = content.model, content.fit
    options: dict[str, Any] = {
        name: getattr(section, name) for name in OPTIONS[BOOSTED]
    }
    return Boosting(
        **options,
        learning_rate=fit.learning_rate,
        members=fit.ensemble,
        stopping=_stopping(fit),
        seed=content.seed if fit.seed is None else fit.seed,
    )


def build_minimiser(
    content: ClassifyStudy | RegressStudy, checkpoint: Path | None = None
) -> Descent:
    """Return the minimiser of a study.

    Raises:
        LikelyError: If an option is refused.
    """
    section = content.fit
    rule = _RULES[section.minimiser](section)
    clip = CLIP if section.clip is None and _learns_width(content) else section.clip
    if clip is not None:
        rule = Clipped(rule=rule, norm=clip)
    return Descent(
        rule,
        batch=None if section.batch == "all" else section.batch,
        epochs=section.epochs,
        stopping=_stopping(section),
        seed=content.seed if section.seed is None else section.seed,
        precision=section.precision,
        checkpoint=checkpoint,
    )


def build_loss(content: ClassifyStudy | RegressStudy) -> AbstractLearningLoss:
    """Return the loss of a study, with its penalties.

    Raises:
        LikelyError: If an option is refused.
    """
    strengths = content.fit.penalties
    penalties: tuple[AbstractPenalty, ...] = ()
    penalties += (L1(strengths.l1),) if strengths.l1 else ()
    penalties += (L2(strengths.l2),) if strengths.l2 else ()
    if isinstance(content, ClassifyStudy):
        return Categorical(
            label_smoothing=content.fit.label_smoothing, penalties=penalties
        )
    # The grammar has refused an option of another loss.
    every = ("sigma", "delta", "levels")
    options = {k: v for k in every if (v := getattr(content.target, k)) is not None}
    return _LOSSES[content.target.loss](**options, penalties=penalties)


def _stopping(section: LearningFitSection) -> EarlyStopping | None:
    given = section.early_stopping
    return EarlyStopping(given.patience, given.smallest) if given else None


def _learns_width(content: ClassifyStudy | RegressStudy) -> bool:
    if isinstance(content, ClassifyStudy):
        return False
    return content.target.loss == "gaussian" and content.target.sigma is None


def _schedule(section: LearningFitSection) -> Any:
    rate, warmup = section.learning_rate, section.warmup
    match section.schedule:
        case "cosine":
            return Cosine(rate, warmup=warmup)
        case "linear":
            return Linear(rate, warmup=warmup)
        case "exponential":
            return Exponential(rate)
        case "steps":
            return Steps(rate)
    return Constant(rate)


def _sgd(*, momentum: bool, nesterov: bool) -> Callable[[LearningFitSection], Any]:
    def rule(section: LearningFitSection) -> Any:
        given = MOMENTUM if section.momentum is None else section.momentum
        return SGD(
            _schedule(section),
            momentum=given if momentum else 0.0,
            nesterov=nesterov,
            weight_decay=section.weight_decay,
        )

    return rule


_RULES: dict[str, Callable[[LearningFitSection], Any]] = {
    "adam": lambda s: Adam(_schedule(s), weight_decay=s.weight_decay),
    "sgd": _sgd(momentum=False, nesterov=False),
    "momentum": _sgd(momentum=True, nesterov=False),
    "nesterov": _sgd(momentum=True, nesterov=True),
    "rmsprop": lambda s: RMSprop(_schedule(s)),
}

_LOSSES: dict[str, Callable[..., AbstractLearningLoss]] = {
    "gaussian": Gaussian,
    "squared_error": SquaredError,
    "huber": Huber,
    "quantile": Quantile,
    "poisson": Poisson,
}
