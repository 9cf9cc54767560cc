"""What a study of kind `fit` finds: its model, loss and minimiser put together."""

from collections.abc import Callable

from ..core import AbstractLoss, AbstractMinimiser, Result
from ..fit import LBFGS, ChiSquare, Likelihood, Minuit, Newton
from ..fit.fit import fit
from ..stats import minos
from .build import Built, build
from .inputs import StudyData
from .schema import FitSection
from .study import Study


def fitted(study: Study, data: StudyData) -> Result:
    """Return what a study finds in its data, without writing anything.

    Raises:
        LikelyError: If the data cannot be fitted.
    """
    built = build(study.plan)
    result = fit(
        built.model,
        data.to_fit,
        loss=loss_of(study.content.fit, built),
        minimiser=_MINIMISERS[study.content.fit.minimiser](study.content.fit),
        derived=built.derived,
    )
    return minos(result) if "minos" in study.content.fit.errors else result


def loss_of(section: FitSection, built: Built) -> AbstractLoss:
    """Return the loss that a study of kind `fit` minimises."""
    if section.loss == "chi_square":
        return ChiSquare(constraints=built.constraints)
    return Likelihood(
        constraints=built.constraints,
        weight_errors=section.weights,
        templates=section.templates,
    )


def _newton(section: FitSection) -> AbstractMinimiser:
    return Newton() if section.starts is None else Newton(starts=section.starts)


def _minuit(section: FitSection) -> AbstractMinimiser:
    return Minuit()


def _lbfgs(section: FitSection) -> AbstractMinimiser:
    return LBFGS()


_MINIMISERS: dict[str, Callable[[FitSection], AbstractMinimiser]] = {
    "newton": _newton,
    "lbfgs": _lbfgs,
    "minuit": _minuit,
}
