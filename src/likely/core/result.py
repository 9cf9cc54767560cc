"""What a fit leaves: values, errors, status, and enough to defend them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from .errors import LikelyError, nearest
from .table import html_table, text_table


@dataclass(frozen=True)
class Status:
    """Whether a fit can be used, in a sentence.

    Args:
        ok: Whether the minimum is valid.
        message: What happened and, if not ok, the likely cause and what to change.
        notes: Further things that a careful reader wants to know.
    """

    ok: bool
    message: str
    notes: tuple[str, ...] = ()

    def noting(self, *notes: str) -> "Status":
        """Return the status with further notes."""
        return replace(self, notes=(*self.notes, *notes))


@dataclass(frozen=True)
class Estimate:
    """One parameter after the fit; an absent number is None.

    Args:
        name: Name of the parameter.
        value: At the minimum.
        error: Hesse (for weighted events, sandwich) standard error.
        lower: MINOS error downwards, negative.
        upper: MINOS error upwards, positive.
        min: Lower limit.
        max: Upper limit.
        fixed: Whether the fit left it alone.
        at_limit: Whether the fit ended on a limit.
        unit: Unit in words.
    """

    name: str
    value: float
    error: float | None = None
    lower: float | None = None
    upper: float | None = None
    min: float | None = None
    max: float | None = None
    fixed: bool = False
    at_limit: bool = False
    unit: str = ""


@dataclass(frozen=True)
class GoodnessOfFit:
    """Pearson chi-square of a binned projection."""

    chi2: float
    ndof: int
    p_value: float


@dataclass(frozen=True)
class Result:
    """The outcome of a fit.

    Args:
        status: Whether it converged, in words.
        estimates: All parameters, free and fixed, in the model's order.
        derived: Named formulas of parameters, with propagated errors.
        covariance: Matrix over `covariance_names`.
        covariance_names: The free parameters that are not at a limit.
        loss: Minus twice the log-likelihood at the minimum.
        n_events: Events used in the fit.
        sum_of_weights: Their weights, summed.
        model: The model with every parameter at its fitted value.
        objective: The function that was minimised, for profiles and contours.
        minimum: Where the minimiser stopped, with the derivatives there.
        history: Loss after each accepted iteration.
        timings: Seconds by stage.
        provenance: Versions, seed and fingerprints of the data.
        goodness_of_fit: Chi-square of a projection, once computed.
    """

    status: Status
    estimates: tuple[Estimate, ...]
    derived: tuple[Estimate, ...]
    covariance: Float[np.ndarray, "n n"]
    covariance_names: tuple[str, ...]
    loss: float
    n_events: int
    sum_of_weights: float
    model: Any = None
    objective: Any = field(default=None, repr=False)
    minimum: Any = field(default=None, repr=False)
    history: tuple[float, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    goodness_of_fit: GoodnessOfFit | None = None

    def __getitem__(self, name: str) -> Estimate:
        """Return the estimate of a parameter or a derived one.

        Raises:
            LikelyError: If there is none of that name.
        """
        found = {e.name: e for e in (*self.estimates, *self.derived)}
        if name not in found:
            raise LikelyError(f"no parameter `{name}`: {nearest(name, found)}")
        return found[name]

    @property
    def ok(self) -> bool:
        """Return whether the minimum is valid."""
        return self.status.ok

    @property
    def message(self) -> str:
        """Return what became of the fit, in a sentence."""
        return self.status.message

    @property
    def values(self) -> dict[str, float]:
        """Return the value of each parameter by name."""
        return {e.name: e.value for e in self.estimates}

    @property
    def errors(self) -> dict[str, float | None]:
        """Return the standard error of each parameter by name."""
        return {e.name: e.error for e in self.estimates}

    @property
    def free_values(self) -> Float[np.ndarray, " free"]:
        """Return the values of the free parameters, in the order of the objective."""
        return np.array([e.value for e in self.estimates if not e.fixed])

    @property
    def correlation(self) -> Float[np.ndarray, "n n"]:
        r"""Return $\rho_{ij} = V_{ij} / \sqrt{V_{ii} V_{jj}}$."""
        scale = np.sqrt(np.diag(self.covariance))
        return self.covariance / np.outer(scale, scale)

    def to_dict(self, kind: str = "fit") -> dict[str, Any]:
        """Return the layout of `result.json`; what is not a finite number is None."""
        gof = self.goodness_of_fit
        return {
            "kind": kind,
            "status": {
                "ok": self.status.ok,
                "message": self.status.message,
                "notes": list(self.status.notes),
            },
            "parameters": {e.name: _estimate(e) for e in self.estimates},
            "derived": {
                e.name: {
                    "value": _number(e.value),
                    "error": _number(e.error),
                    "unit": e.unit,
                }
                for e in self.derived
            },
            "covariance": {
                "names": list(self.covariance_names),
                "matrix": [[_number(v) for v in row] for row in self.covariance],
            },
            "loss": _number(self.loss),
            "n_events": self.n_events,
            "sum_of_weights": _number(self.sum_of_weights),
            "goodness_of_fit": {
                "chi2": _number(gof.chi2) if gof else None,
                "ndof": gof.ndof if gof else None,
                "p_value": _number(gof.p_value) if gof else None,
            },
            "timings": {k: round(v, 6) for k, v in self.timings.items()},
            "provenance": dict(self.provenance),
        }

    def __str__(self) -> str:
        """Return the table of parameters as text."""
        return text_table(self)

    def _repr_html_(self) -> str:
        """Return the table of parameters for a notebook."""
        return html_table(self)


def _number(value: float | None) -> float | None:
    """Return a number that JSON can hold."""
    return None if value is None or not math.isfinite(value) else float(value)


def _estimate(e: Estimate) -> dict[str, Any]:
    numbers = {
        key: _number(getattr(e, key))
        for key in ("value", "error", "lower", "upper", "min", "max")
    }
    return numbers | {"fixed": e.fixed, "at_limit": e.at_limit, "unit": e.unit}
