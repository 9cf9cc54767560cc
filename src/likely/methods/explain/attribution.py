"""What each feature contributes to the output for each event."""

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float

from ...core import LikelyError, nearest
from ...stats.classifiers.measured import plain
from .arguments import weights_of
from .listing import listed, with_error
from .means import weighted_mean


@final
@dataclass(frozen=True)
class Attribution:
    r"""The output for each event, taken apart into contributions of the features.

    $$f(x_i) = f_0 + \sum_j \phi_{ij} + \text{gap}_i$$

    Args:
        names: Of the features.
        values: The contributions $\phi_{ij}$, in the unit of the output.
        outputs: $f(x_i)$.
        reference: $f_0$ of each event: the output for the baseline, or its mean over
            the background.
        errors: Standard errors of `values` from the permutations that were drawn; None
            where nothing is drawn.
        background_errors: Standard errors of `values` if the background is a random
            sample, those from permutations included; None of a baseline.
        method: In words.
    """

    names: tuple[str, ...]
    values: Float[np.ndarray, "events features"]
    outputs: Float[np.ndarray, " events"]
    reference: Float[np.ndarray, " events"]
    errors: Float[np.ndarray, "events features"] | None = None
    background_errors: Float[np.ndarray, "events features"] | None = None
    method: str = ""

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.values)

    def __getitem__(self, name: str) -> Float[np.ndarray, " events"]:
        """Return the contributions of one feature.

        Raises:
            LikelyError: If there is none of that name.
        """
        if name not in self.names:
            raise LikelyError(f"no feature `{name}`: {nearest(name, self.names)}")
        return self.values[:, self.names.index(name)]

    @property
    def gap(self) -> Float[np.ndarray, " events"]:
        r"""Return $f(x_i) - f_0 - \sum_j \phi_{ij}$, which an exact method has zero."""
        return self.outputs - self.reference - self.values.sum(axis=1)

    def importance(self, *, weights: Any = None) -> Float[np.ndarray, " features"]:
        r"""Return the mean of $|\phi_{ij}|$ over the events.

        Args:
            weights: One an event.

        Raises:
            LikelyError: If the weights are not one for each event.
        """
        return self._importance(weights)[0]

    def importance_error(
        self, *, weights: Any = None
    ) -> Float[np.ndarray, " features"]:
        """Return the standard error of `importance`, of the events as a sample."""
        return self._importance(weights)[1]

    def _importance(self, weights: Any) -> tuple[Any, Any]:
        w = weights_of(weights, len(self), "`Attribution.importance(weights=...)`")
        return weighted_mean(np.abs(self.values), w)

    def ranking(self, *, weights: Any = None) -> tuple[tuple[str, float], ...]:
        """Return names and importances, the most important first."""
        importance = self.importance(weights=weights)
        order = np.argsort(-importance, kind="stable")
        return tuple((self.names[j], float(importance[j])) for j in order)

    def to_dict(self) -> dict[str, Any]:
        """Return the importances, most important first, and the checks as numbers."""
        errors = dict(zip(self.names, self.importance_error(), strict=True))
        return {
            "method": self.method,
            "events": len(self),
            "importance": {
                name: {"value": value, "error": plain(errors[name])}
                for name, value in self.ranking()
            },
            "largest_gap": float(np.abs(self.gap).max()),
        }

    def of_event(self, event: int) -> str:
        """Return the contributions to the output for one event, as a table.

        Raises:
            LikelyError: If there is no event of this number.
        """
        known = isinstance(event, int | np.integer) and not isinstance(event, bool)
        if not known or not -len(self) <= event < len(self):
            raise LikelyError(
                f"`Attribution.of_event`: no event number {event!r}; there are "
                f"{len(self)}, and the first is number 0."
            )
        phi = self.values[event]
        drawn: Any = self.errors
        errors = [math.nan] * len(phi) if drawn is None else drawn[event]
        order = np.argsort(-np.abs(phi), kind="stable")
        rows = [(self.names[j], with_error(phi[j], errors[j])) for j in order]
        f, f0 = self.outputs[event], self.reference[event]
        foot = f"output {f:.6g}, of which {f0:.6g} without any feature"
        return "\n".join([*listed(("feature", "contribution"), rows), foot])

    def __str__(self) -> str:
        """Return the features as a table, the most important first."""
        importance, error = self._importance(None)
        mean = self.values.mean(axis=0)
        order = np.argsort(-importance, kind="stable")
        header = ["feature", "mean |contribution|", "mean contribution"]
        rows = [
            [self.names[j], with_error(importance[j], error[j]), f"{mean[j]:.4g}"]
            for j in order
        ]
        if self.errors is not None:
            header.append("error of one")
            typical = np.sqrt(np.mean(self.errors**2, axis=0))
            for row, j in zip(rows, order, strict=True):
                row.append(f"{typical[j]:.2g}")
        largest = float(np.abs(self.gap).max())
        foot = f"{self.method}; {len(self)} events, largest gap {largest:.2g}"
        return "\n".join([*listed(header, rows), foot])
