"""How good a regression is on events that it has not seen: what a report shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

from ..core import LikelyError
from ..fit.losses import Gaussian, Quantile
from ..stats.classifiers import (
    Measured,
    TwoSampleTest,
    kolmogorov_smirnov_two_samples,
)
from ..stats.intervals import ONE_SIGMA
from . import residual_statistics as residual
from .regression import Regression
from .target import Target
from .truth_bins import TruthBins

# Probability contents of the intervals whose coverage is counted.
LEVELS = (ONE_SIGMA, 0.95)


@final
@dataclass(frozen=True)
class Predictions:
    """What a regression says of events whose number is known, in its unit.

    Args:
        truth: The number.
        predicted: Its prediction; of quantiles the one whose level is nearest to 1/2.
        sigma: Standard deviation of the prediction, or None if the loss has none.
        quantiles: At the levels of a `Quantile` loss, or None.
        weights: Weight of each event, or None.
    """

    truth: Float[np.ndarray, " events"]
    predicted: Float[np.ndarray, " events"]
    sigma: Float[np.ndarray, " events"] | None = None
    quantiles: Float[np.ndarray, "events levels"] | None = None
    weights: Float[np.ndarray, " events"] | None = None

    @property
    def residuals(self) -> Float[np.ndarray, " events"]:
        """Return predicted minus true number."""
        return self.predicted - self.truth

    @property
    def pulls(self) -> Float[np.ndarray, " events"]:
        """Return residuals over their standard deviations.

        Raises:
            LikelyError: If the loss has no standard deviation.
        """
        if self.sigma is None:
            raise LikelyError(
                "there are no pulls of predictions without a standard deviation; take "
                "the loss `Gaussian()`, which learns it."
            )
        return self.residuals / self.sigma

    @property
    def weights_or_ones(self) -> Float[np.ndarray, " events"]:
        """Return the weights, ones if there are none."""
        return np.ones(len(self.truth)) if self.weights is None else self.weights


@final
@dataclass(frozen=True)
class RegressionEvaluation:
    r"""Measures of a regression; residuals are $r = \text{predicted} - \text{true}$.

    Args:
        column: Name of the number.
        unit: Its unit in words.
        part: The events that everything is measured on.
        levels: Of the quantiles; none for another loss.
        predictions: Of this part and of the training.
        numbers: "bias", the mean of $r$; "RMSE", the root of the mean of $r^2$;
            "resolution", half of the width of the central 68.3 % of $r$; "R²", the
            share of the variance of the true number that is explained.
        bins: Bias and resolution in bins of the true number.
        pulls: "mean" and "width" of $r / \sigma$; empty without $\sigma$.
        coverage: By probability content, the share of true numbers inside the interval
            of a Gaussian of mean and $\sigma$; empty without $\sigma$.
        quantile_coverage: By level, the share of true numbers at or below the quantile.
        crossing: Share of events with a quantile below one of a lower level.
        overtraining: Whether residuals have the same distribution in the training
            events and in those of the part; None if there are too few.
    """

    column: str
    unit: str
    part: str
    levels: tuple[float, ...]
    predictions: Mapping[str, Predictions]
    numbers: Mapping[str, Measured]
    bins: TruthBins
    pulls: Mapping[str, Measured]
    coverage: Mapping[float, Measured]
    quantile_coverage: Mapping[float, Measured]
    crossing: Measured | None
    overtraining: TwoSampleTest | None

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the predictions of events, for JSON."""
        return {
            "column": self.column,
            "unit": self.unit,
            "part": self.part,
            "events": len(self.predictions[self.part].truth),
            "numbers": {k: m.to_dict() for k, m in self.numbers.items()},
            "bins": self.bins.to_dict(),
            "pulls": {k: m.to_dict() for k, m in self.pulls.items()},
            "coverage": _listed(self.coverage),
            "quantile_coverage": _listed(self.quantile_coverage),
            "crossing": self.crossing and self.crossing.to_dict(),
            "overtraining": self.overtraining and self.overtraining.to_dict(),
        }

    def __str__(self) -> str:
        """Return the numbers, and what is known of pulls and quantiles."""
        unit = f" {self.unit}" if self.unit else ""
        lines = [
            f"{name} = {_with_unit(value, '' if name == 'R²' else unit)}"
            for name, value in self.numbers.items()
        ]
        lines += [f"{name} of the pulls = {m}" for name, m in self.pulls.items()]
        lines += [f"coverage of {q:.1%}: {m}" for q, m in self.coverage.items()]
        lines += [
            f"share below the quantile {q:g}: {m}"
            for q, m in self.quantile_coverage.items()
        ]
        return "\n".join(lines)


def evaluate_regression(
    found: Regression, part: str = "test", *, bins: int = 10
) -> RegressionEvaluation:
    """Return measures of a regression on a part of the events.

    Args:
        found: What `regress` returned.
        part: Its name; not "train", whose events the regression knows.
        bins: Bins of the true number, of equal population; fewer where they would hold
            fewer than ten events.

    Raises:
        LikelyError: If there is no such part, the weights do not sum to a positive
            number, a prediction is not finite, or a learnt width is zero.
    """
    if part == "train":
        raise LikelyError('`part` must be of events not trained with, such as "test".')
    if isinstance(bins, bool) or not isinstance(bins, int) or bins < 1:
        raise LikelyError(f"`bins` must be a positive whole number; got {bins!r}.")
    known = {name: predictions(found, name) for name in ("train", part)}
    told, loss = known[part], found.predictor.loss
    r, w = told.residuals, told.weights_or_ones
    levels = tuple(loss.levels) if isinstance(loss, Quantile) else ()
    target = _target(found)
    return RegressionEvaluation(
        column=target.column,
        unit=target.unit,
        part=part,
        levels=levels,
        predictions=known,
        numbers={
            "bias": residual.mean(r, w),
            "RMSE": residual.root_mean_square(r, w),
            "resolution": residual.half_width(r, w),
            "R²": residual.explained_share(told.truth, r, w),
        },
        bins=TruthBins.of(told.truth, r, w, bins=bins),
        pulls=_pulls(told),
        coverage=_coverage(told),
        quantile_coverage=_quantile_coverage(told, levels),
        crossing=_crossing(told, levels),
        overtraining=_overtraining(known["train"], told),
    )


def predictions(found: Regression, part: str = "test") -> Predictions:
    """Return truth and predictions of a part.

    Raises:
        LikelyError: As `evaluate_regression` does.
    """
    each = np.asarray(found.predictions(part), float)
    data, target, loss = found.parts[part], _target(found), found.predictor.loss
    truth = np.asarray(data[target.column], float)
    if not np.isfinite(each).all():
        bad = np.sum(~np.isfinite(each.reshape(len(each), -1)).all(axis=1))
        raise LikelyError(
            f"the prediction of `{target.column}` is not finite in {bad} of "
            f"{len(each)} events of the part `{part}`; the training failed: see the "
            "status of the result."
        )
    if data.weights is not None and not data.weights.sum() > 0:
        raise LikelyError(
            f"the weights of the part `{part}` do not sum to a positive number, so "
            "nothing can be averaged over its events."
        )
    sigma = table = None
    if isinstance(loss, Quantile):
        table = each.reshape(len(each), -1)
        middle = int(np.argmin(np.abs(np.asarray(loss.levels) - 0.5)))
        each = table[:, middle]
    elif isinstance(loss, Gaussian):
        if loss.sigma is None:
            each, sigma = each.T
        else:
            sigma = np.full(len(each), loss.sigma * target.scale)
    if sigma is not None and not (sigma > 0).all():
        raise LikelyError(
            f"the learnt width of `{target.column}` is zero in {np.sum(~(sigma > 0))} "
            f"of {len(sigma)} events of the part `{part}`: the likelihood had no "
            "maximum. Train for a shorter time, or without negative weights."
        )
    return Predictions(truth, each, sigma, table, data.weights)


def _target(found: Regression) -> Target:
    target = found.predictor.target
    assert isinstance(target, Target)
    return target


def _pulls(told: Predictions) -> dict[str, Measured]:
    if told.sigma is None:
        return {}
    z, w = told.pulls, told.weights_or_ones
    return {"mean": residual.mean(z, w), "width": residual.standard_deviation(z, w)}


def _coverage(told: Predictions) -> dict[float, Measured]:
    if told.sigma is None:
        return {}
    z, w = np.abs(told.pulls), told.weights_or_ones
    return {q: residual.share(z <= ndtri(0.5 * (1 + q)), w) for q in LEVELS}


def _quantile_coverage(
    told: Predictions, levels: tuple[float, ...]
) -> dict[float, Measured]:
    table, w = told.quantiles, told.weights_or_ones
    if table is None:
        return {}
    return {
        q: residual.share(told.truth <= table[:, i], w) for i, q in enumerate(levels)
    }


def _crossing(told: Predictions, levels: tuple[float, ...]) -> Measured | None:
    if told.quantiles is None or len(levels) < 2:
        return None
    rising = told.quantiles[:, np.argsort(levels)]
    crossed = np.any(np.diff(rising, axis=1) < 0, axis=1)
    return residual.share(crossed, told.weights_or_ones)


def _overtraining(train: Predictions, told: Predictions) -> TwoSampleTest | None:
    if min(len(train.truth), len(told.truth)) < 2:
        return None
    return kolmogorov_smirnov_two_samples(
        train.residuals, told.residuals, train.weights, told.weights
    )


def _listed(found: Mapping[float, Measured]) -> list[dict[str, Any]]:
    return [{"level": level, **m.to_dict()} for level, m in found.items()]


def _with_unit(value: Measured, unit: str) -> str:
    return f"({value}){unit}" if unit and "±" in str(value) else f"{value}{unit}"
