"""Permutation importance: what a metric loses when a feature is shuffled."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float

from ...core import LikelyError, nearest, progress
from .arguments import floats, table, weights_of, whole
from .listing import listed, with_error
from .one_sample import ILL_FITTING, first_line
from .predictions import predicted, variants

DOOR = "permutation_importance"


@final
@dataclass(frozen=True)
class PermutationImportance:
    """What a metric loses when a feature is shuffled among the events.

    Args:
        names: Of the features.
        drops: Metric as it is minus metric with the feature shuffled, for each
            repetition.
        score: Metric as it is.
    """

    names: tuple[str, ...]
    drops: Float[np.ndarray, "features repeats"]
    score: float

    @property
    def values(self) -> Float[np.ndarray, " features"]:
        """Return the mean drop of each feature."""
        return self.drops.mean(axis=1)

    @property
    def errors(self) -> Float[np.ndarray, " features"]:
        """Return the standard errors of the means, of the shuffling alone."""
        return self.drops.std(axis=1, ddof=1) / math.sqrt(self.drops.shape[1])

    def __getitem__(self, name: str) -> tuple[float, float]:
        """Return the mean drop of one feature and its standard error.

        Raises:
            LikelyError: If there is none of that name.
        """
        if name not in self.names:
            raise LikelyError(f"no feature `{name}`: {nearest(name, self.names)}")
        j = self.names.index(name)
        return float(self.values[j]), float(self.errors[j])

    def ranking(self) -> tuple[tuple[str, float], ...]:
        """Return names and mean drops, the most important first."""
        order = np.argsort(-self.values, kind="stable")
        return tuple((self.names[j], float(self.values[j])) for j in order)

    def to_dict(self) -> dict[str, Any]:
        """Return score and drops, the most important first, as plain numbers."""
        return {
            "score": self.score,
            "repeats": self.drops.shape[1],
            "importance": {
                name: {"value": value, "error": self[name][1]}
                for name, value in self.ranking()
            },
        }

    def __str__(self) -> str:
        """Return the features as a table, the most important first."""
        rows = [(name, with_error(*self[name])) for name, _ in self.ranking()]
        foot = f"metric {self.score:.6g}; {self.drops.shape[1]} shuffles of each"
        return "\n".join([*listed(("feature", "drop of the metric"), rows), foot])


def permutation_importance(
    predict: Callable[..., Any],
    inputs: Any,
    metric: Callable[..., Any],
    *,
    repeats: int = 10,
    seed: int = 0,
    names: Any = None,
    weights: Any = None,
) -> PermutationImportance:
    r"""Return what a metric loses when each feature is shuffled among the events.

    $$I_j = m\big(f(x), w\big) - \frac{1}{R} \sum_r m\big(f(x^{(r,j)}), w^{(r)}\big),
    \qquad w^{(r)}_i \propto w_i\, w_{\pi_r(i)}$$

    where event $i$ of $x^{(r,j)}$ has the feature $j$ of event $\pi_r(i)$. An event
    that lends its feature lends its weight, so that the shuffled feature keeps its
    weighted distribution, with weights of any sign. The error is the standard error
    of the mean over the repetitions: of the shuffling, not of the events.

    Of two features that are nearly copies either can replace the other, and both look
    unimportant: give them one name (see `grouped`). Take events that the model has not
    been trained with.

    Args:
        predict: Of a matrix of events, to one output or several for each row. All
            repetitions of a feature are one call, unless the matrix would have more
            than 2^25 numbers.
        inputs: Events, of shape (events, dim); nan for a missing number, if `predict`
            takes it.
        metric: `metric(outputs, weights)`, a number that is higher for a better model;
            it knows the targets. Without weights it gets ones.
        repeats: Shuffles of each feature, 2 or more.
        seed: Of the shuffles; a feature's do not depend on which others there are.
        names: One a column, or the columns of each feature by name, as
            `Features.groups`; columns of equal names are one feature, shuffled
            together. By default `x0`, `x1` ...
        weights: One an event, of any sign.

    Raises:
        LikelyError: If `inputs` is no matrix of finite numbers, `predict` does not give
            finite outputs for each row, or `metric` no finite number.

    References:
        L. Breiman, Machine Learning 45 (2001) 5; A. Fisher, C. Rudin, F. Dominici,
        J. Mach. Learn. Res. 20 (2019) 177, arXiv:1801.01489.
    """
    x, columns = table(inputs, names, DOOR, missing=True)
    R = whole(repeats, 2, f"`{DOOR}(repeats=...)`")
    first = whole(seed, 0, f"`{DOOR}(seed=...)`")
    given = weights_of(weights, len(x), f"`{DOOR}(weights=...)`")
    w = np.ones(len(x)) if given is None else given
    if len(x) < 2:
        raise LikelyError(f"`{DOOR}` shuffles events, and there is only one.")
    if not callable(metric):
        raise LikelyError(
            f"`{DOOR}(metric=...)` takes a function of outputs and weights; got "
            f"{type(metric).__name__}."
        )
    score = _score(metric, predicted(predict, x, DOOR), w)
    drops = np.empty((len(columns.names), R))
    with progress("shuffling features", len(columns.names)) as tell:
        for j, name in enumerate(columns.names):
            moved = columns.columns(j)
            rng = np.random.default_rng([first, j])
            order = np.stack([rng.permutation(len(x)) for _ in range(R)])

            def shuffle(
                r: int, copy: Any, order: Any = order, moved: Any = moved
            ) -> None:
                copy[:, moved] = x[order[r]][:, moved]

            found = variants(predict, x, shuffle, count=R, door=DOOR)
            for r, outputs in enumerate(found):
                lent = w if given is None else w * w[order[r]] * (len(w) / w.sum())
                drops[j, r] = score - _score(metric, outputs, lent)
            tell(name)
    return PermutationImportance(columns.names, drops, score)


def _score(
    metric: Callable[..., Any],
    outputs: Float[np.ndarray, "events ..."],
    weights: Float[np.ndarray, " events"],
) -> float:
    """Return what the metric gives, as a number."""
    place = f"`{DOOR}(metric=...)`"
    try:
        value = metric(outputs, weights)
    except LikelyError:
        raise
    except ILL_FITTING as error:
        raise LikelyError(
            f"{place} failed for outputs of shape {outputs.shape} and {len(weights)} "
            f"weights: {first_line(error)}"
        ) from error
    found = floats(value, place, "must give one number, or")
    if found.size != 1 or not np.isfinite(found).all():
        raise LikelyError(f"{place} must give one finite number; got {value!r}.")
    return float(found.reshape(()))
