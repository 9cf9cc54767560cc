"""Temperature scaling: the logits of several classes, made softer or harder."""

import math
from collections.abc import Mapping
from typing import Any, final

import numpy as np
from jaxtyping import Float
from scipy.special import softmax

from ...core.errors import LikelyError
from .calibrator import AbstractCalibrator, content_of
from .inputs import classes_of, numbers, positive_sum, weights_of

VERB = "Temperature.fitted"
# Twice as large in each step, 1/T is soon beyond what any data can say.
STEPS, CONVERGED = 60, 1e-11


@final
class Temperature(AbstractCalibrator):
    r"""The probabilities $p_k = e^{z_k / T} / \sum_m e^{z_m / T}$ of logits $z$.

    The order of the classes of an event, and so the accuracy, stays as it is.

    Args:
        temperature: $T$; above one for a classifier that is too sure.
        error: Of it.

    References:
        C. Guo, G. Pleiss, Y. Sun, K. Weinberger, ICML (2017), arXiv:1706.04599.
    """

    temperature: float
    error: float

    @classmethod
    def fitted(cls, logits: Any, labels: Any, weights: Any = None) -> "Temperature":
        r"""Return the temperature of the largest weighted likelihood.

        $$-\log L = \sum_i w_i \Bigl[\log \sum_k e^{\beta z_{ik}} - \beta z_{i y_i}
        \Bigr], \qquad \beta = 1/T$$

        is convex in $\beta$; its derivative $\sum_i w_i (\langle z_i \rangle_p -
        z_{i y_i})$ is zero at the minimum. The error is $\sqrt{\sum_i w_i^2 g_i^2}$
        over the curvature.

        Args:
            logits: A row an event, a column a class; log-probabilities will do.
            labels: Index of the class of each event.
            weights: One number an event; ones by default.

        Raises:
            LikelyError: If a length or a value is wrong, the weights do not sum to a
                positive number, all events are of one class, or the likelihood has no
                maximum at a positive temperature.
        """
        z = numbers(VERB, "logits", logits, dim=2)
        n, k = z.shape
        y = classes_of(VERB, "labels", labels, n, k)
        w = weights_of(VERB, weights, n)
        kept = w != 0
        z, y, w = z[kept], y[kept], w[kept]
        positive_sum(VERB, w, "the events")
        if len(np.unique(y)) < 2:
            raise LikelyError(
                f"`{VERB}(labels=...)`: events of at least two classes are needed; all "
                f"are of class {y[0]}."
            )
        # A row a class: sums over few classes are then sums of long rows.
        z = np.ascontiguousarray(z.T)
        top = z.max(axis=0)
        spread = float((top - z.min(axis=0)).max())
        if spread == 0:
            raise LikelyError(
                f"`{VERB}(logits=...)`: the logits of each event are all equal."
            )
        # Only differences of the logits count; none is above zero, so none overflows.
        z = (z - top) / spread
        at_truth = z[y, np.arange(len(y))]
        beta = _minimum(z, at_truth, w)
        g, curvature = _derivatives(z, at_truth, w, beta)
        error = math.sqrt(float(np.sum((w * g) ** 2))) / curvature
        return cls(spread / beta, spread * error / beta**2)

    def __call__(self, scores: Any) -> Float[np.ndarray, "events classes"]:
        """Return the probability of each class.

        Args:
            scores: The logits, a row an event.

        Raises:
            LikelyError: If they are no finite numbers in rows.
        """
        z = numbers("Temperature", "scores", scores, dim=2)
        return softmax(z / self.temperature, axis=1)

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers and the `kind`, as JSON has them."""
        return {
            "kind": "temperature",
            "temperature": self.temperature,
            "error": self.error,
        }

    @classmethod
    def of_dict(cls, content: Mapping[str, Any]) -> "Temperature":
        """Return the calibrator of a dictionary that `to_dict` gave.

        Raises:
            LikelyError: If it is of another kind, or a number is missing.
        """
        shapes = {"temperature": (), "error": ()}
        temperature, error = content_of(content, "temperature", shapes)
        if not temperature > 0:
            raise LikelyError(f"a temperature is positive; got {temperature}.")
        return cls(float(temperature), float(error))


_NO_MAXIMUM = (
    f"`{VERB}`: the likelihood has no maximum at a positive temperature: the logits "
    "name the right class less often than chance, or of every event; take other or "
    "more events, and fewer negative weights."
)


def _minimum(z: Any, at_truth: Any, w: Any) -> float:
    r"""Return $\beta$ by Newton's method, kept between the ends of a bracket."""
    if not float(w @ (z.mean(axis=0) - at_truth)) < 0:
        raise LikelyError(_NO_MAXIMUM)
    low, high, beta = 0.0, math.inf, 1 / float(z.std())
    for _ in range(STEPS):
        g, curvature = _derivatives(z, at_truth, w, beta)
        slope = float(w @ g)
        low, high = (beta, high) if slope < 0 else (low, beta)
        new = beta - slope / curvature if curvature > 0 else low
        if abs(new - beta) <= CONVERGED * beta:
            return new
        if not low < new < high:
            new = 0.5 * (low + high) if high < math.inf else 2 * beta
        beta = new
    raise LikelyError(_NO_MAXIMUM)


def _derivatives(
    z: Float[np.ndarray, "classes events"],
    at_truth: Float[np.ndarray, " events"],
    w: Float[np.ndarray, " events"],
    beta: float,
) -> tuple[Float[np.ndarray, " events"], float]:
    """Return the slope of each event, not weighted, and the weighted curvature."""
    e = np.exp(beta * z)
    total = e.sum(axis=0)
    e *= z
    mean = e.sum(axis=0) / total
    e *= z
    square = e.sum(axis=0) / total
    return mean - at_truth, float(w @ (square - mean**2))
