"""Platt's calibration: a logistic curve of the score."""

import math
from collections.abc import Mapping
from typing import Any, final

import numpy as np
from jaxtyping import Float
from scipy.special import expit

from ...core.errors import LikelyError
from .calibrator import AbstractCalibrator, content_of
from .influence import effective_number
from .inputs import LabelledScores, labelled, numbers

VERB = "Platt.fitted"
STEPS, HALVINGS = 100, 40
# Of the Newton decrement, in units of the log-likelihood of one event.
CONVERGED = 1e-14


@final
class Platt(AbstractCalibrator):
    r"""The probability $p = 1/(1 + e^{-(a s + b)})$ of a score $s$.

    It is the right curve where the score is the log of a likelihood ratio, up to scale
    and offset, as the last layer of a network before its sigmoid.

    Args:
        slope: $a$.
        intercept: $b$.
        covariance: Of the two.

    References:
        J. Platt, in Advances in Large Margin Classifiers (1999) 61.
    """

    slope: float
    intercept: float
    covariance: Float[np.ndarray, "2 2"]

    @classmethod
    def fitted(
        cls,
        scores: Any,
        signal: Any,
        weights: Any = None,
        *,
        smoothing: bool = False,
    ) -> "Platt":
        r"""Return the curve of the largest weighted likelihood.

        $$-\log L = -\sum_i w_i \bigl[t_i \log p_i + (1 - t_i) \log(1 - p_i)\bigr]$$

        with targets $t$ of 1 and 0, by Newton's method. With `smoothing` they are
        $(n_S + 1)/(n_S + 2)$ and $1/(n_B + 2)$, $n$ the effective number of events, as
        if one more event of each class had been seen: then there is a maximum, too,
        where the scores separate the classes. The covariance is $H^{-1} \sum_i w_i^2
        g_i g_i^T H^{-1}$, right with weights, and where the curve is not.

        Args:
            scores: One number an event, best a logit.
            signal: True or 1 for signal, False or 0 for background.
            weights: One number an event; ones by default.
            smoothing: Whether to smooth the targets.

        Raises:
            LikelyError: If a length or a value is wrong, a class is missing, its
                weights do not sum to a positive number, the scores are all equal or
                separate the classes, or no maximum is found.

        References:
            H.-T. Lin, C.-J. Lin, R. Weng, Mach. Learn. 68 (2007) 267.
        """
        data = labelled(VERB, scores, signal, weights)
        _can_be_fitted(data, smoothing=smoothing)
        targets = data.signal.astype(float)
        if smoothing:
            n = effective_number(data.weights[data.signal])
            m = effective_number(data.weights[~data.signal])
            targets = np.where(data.signal, (n + 1) / (n + 2), 1 / (m + 2))
        # In units of their spread the two parameters are of one size.
        centre, scale = data.scores.mean(), data.scores.std()
        x = np.stack([(data.scores - centre) / scale, np.ones(len(data.scores))])
        theta, covariance = _maximum(x, targets, data.weights)
        back = np.array([[1 / scale, 0.0], [-centre / scale, 1.0]])
        slope, intercept = back @ theta
        return cls(float(slope), float(intercept), back @ covariance @ back.T)

    def __call__(self, scores: Any) -> Float[np.ndarray, " events"]:
        """Return the probability of each score.

        Raises:
            LikelyError: If they are no finite numbers.
        """
        return expit(self.slope * numbers("Platt", "scores", scores) + self.intercept)

    def error(self, scores: Any) -> Float[np.ndarray, " events"]:
        r"""Return the error of each probability, by that of the curve.

        $$\sigma = p (1 - p) \sqrt{x^T C x}, \qquad x = (s, 1)$$

        Args:
            scores: One number an event.

        Raises:
            LikelyError: If they are no finite numbers.
        """
        p = self(scores)
        s = numbers("Platt", "scores", scores)
        (ss, sb), (_, bb) = self.covariance
        return p * (1 - p) * np.sqrt(ss * s * s + 2 * sb * s + bb)

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers and the `kind`, as JSON has them."""
        return {
            "kind": "platt",
            "slope": self.slope,
            "intercept": self.intercept,
            "covariance": self.covariance.tolist(),
        }

    @classmethod
    def of_dict(cls, content: Mapping[str, Any]) -> "Platt":
        """Return the curve of a dictionary that `to_dict` gave.

        Raises:
            LikelyError: If it is of another kind, or a number is missing.
        """
        shapes = {"slope": (), "intercept": (), "covariance": (2, 2)}
        slope, intercept, covariance = content_of(content, "platt", shapes)
        return cls(float(slope), float(intercept), covariance)


def _can_be_fitted(data: LabelledScores, *, smoothing: bool) -> None:
    s, y = data.scores, data.signal
    if s.min() == s.max():
        raise LikelyError(
            f"`{VERB}(scores=...)`: all scores are {s[0]:.4g}, which says nothing of "
            "the class."
        )
    apart = s[y].min() >= s[~y].max() or s[y].max() <= s[~y].min()
    if apart and not smoothing:
        raise LikelyError(
            f"`{VERB}`: the scores separate signal from background, so the likelihood "
            "grows with the slope for ever; take more events, or `smoothing=True`."
        )


def _maximum(
    x: Float[np.ndarray, "2 events"],
    t: Float[np.ndarray, " events"],
    w: Float[np.ndarray, " events"],
) -> tuple[Float[np.ndarray, "2"], Float[np.ndarray, "2 2"]]:
    theta, value = np.zeros(2), math.log(2) * w.sum()
    size = np.abs(w).sum()
    for _ in range(STEPS):
        p = expit(theta @ x)
        gradient = x @ (w * (p - t))
        hessian = (x * (w * p * (1 - p))) @ x.T
        step = _step(hessian, gradient)
        decrement = float(gradient @ step)
        if decrement < CONVERGED * size:
            positive = np.linalg.eigvalsh(hessian)[0] > 0
            if positive:
                slopes = x * (w * (p - t))
                inverse = np.linalg.inv(hessian)
                # A step from here is quadratic in a small number: no more are needed.
                return theta - step, inverse @ (slopes @ slopes.T) @ inverse
            break
        moved = _descended(x, t, w, (theta, value, step, decrement))
        if moved is None:
            break
        theta, value = moved
    raise LikelyError(
        f"`{VERB}`: the weighted likelihood has no maximum that Newton's method finds; "
        "with many negative weights it may have none. Take more events, or fewer "
        "negative weights."
    )


def _step(hessian: Any, gradient: Any) -> Float[np.ndarray, "2"]:
    """Return the step downhill; negative weights may bend the likelihood the wrong way.

    There a direction is taken at the size of its curvature.
    """
    values, vectors = np.linalg.eigh(hessian)
    size = np.maximum(np.abs(values), 1e-12 * np.abs(values).max() + 1e-300)
    return vectors @ ((vectors.T @ gradient) / size)


def _descended(x: Any, t: Any, w: Any, at: Any) -> Any:
    """Return the point and value after a step, halved until it descends."""
    theta, value, step, decrement = at
    for _ in range(HALVINGS):
        trial = theta - step
        z = trial @ x
        found = float(w @ (np.logaddexp(0.0, z) - t * z))
        # The value of many events is known to its rounding only.
        if found <= value - 1e-4 * decrement + 1e-13 * abs(value):
            return trial, found
        step, decrement = 0.5 * step, 0.5 * decrement
    return None
