"""The likelihood of counts in bins."""

from collections.abc import Sequence
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..core import (
    AbstractPureObjective,
    Derived,
    LikelyError,
    ParameterSpace,
)
from ..data import Binned
from .bin_costs import AbstractBinCost, PoissonCost
from .binned_derivatives import (
    binned_derivatives,
    binned_gradient,
    binned_score_covariance,
    binned_value,
)
from .binned_expectation import BinnedExpectation, expected
from .binned_generation import BinnedGenerator
from .bins_of import (
    bins_of,
    check_positive,
    counted,
    mean_weight,
)
from .constraint import GaussConstraint
from .program import Program
from .template_statistics import check_reachable, template_cost


def binned_objective(
    model: Any,
    data: Binned,
    constraints: tuple[GaussConstraint, ...] = (),
    derived: Sequence[Derived] = (),
    *,
    weight_errors: str = "sandwich",
    templates: str = "exact",
) -> "BinnedObjective":
    r"""Return minus the log-likelihood of a histogram.

    $$-\log L = \frac1s \sum_b (\mu_b - n_b \log\mu_b) - \sum_j \log G_j$$

    for an extended model, with $\mu_b = \nu\int_b f$ and the mean weight $s$, one for
    counts; see `PoissonCost`, also for what is left out and for other models.

    Args:
        model: A density with parameters.
        data: The histogram.
        constraints: Densities $G_j$ of parameters, known from elsewhere.
        derived: Named formulas to be reported.
        weight_errors: Of a weighted histogram only "sandwich" is known.
        templates: One of `TEMPLATES`.

    Raises:
        LikelyError: If model and histogram do not fit together.
    """
    binned = bins_of(model, data)
    if counted(binned):
        check_positive(binned)
    check_reachable(model, binned)
    extended = bool(getattr(model, "extended", False))
    weighted = not counted(binned)
    if weighted and weight_errors != "sandwich":
        raise LikelyError(
            f"`weight_errors='{weight_errors}'` is for unbinned fits; for a histogram "
            "take 'sandwich'."
        )
    if templates == "exact":
        scale = np.asarray(mean_weight(binned))
        cost: AbstractBinCost = PoissonCost(binned.counts, scale, extended)
    else:
        check_positive(binned)
        cost = template_cost(model, binned, templates)
        # Its Hessian holds the variances of data and templates: it is the covariance.
        weighted = False
    return BinnedObjective(
        model,
        binned,
        cost,
        constraints,
        derived,
        weight_errors=weight_errors if weighted else None,
    )


@final
class BinnedObjective(AbstractPureObjective):
    """A cost of the counts in bins, with constraints.

    Args:
        model: A density with parameters.
        binned: The histogram, its axes in the order of the model's observables.
        cost: Of its counts.
        constraints: Terms that are not of the bins.
        derived: Named formulas to be reported.
        weight_errors: A key of `WEIGHT_ERRORS` where the inverse Hessian of the cost is
            not the covariance, otherwise None.
    """

    def __init__(
        self,
        model: Any,
        binned: Binned,
        cost: AbstractBinCost,
        constraints: tuple[GaussConstraint, ...] = (),
        derived: Sequence[Derived] = (),
        *,
        weight_errors: str | None = None,
    ):
        constrained = [c.parameter for c in constraints]
        self.model, self.binned, self.cost = model, binned, cost
        self.constraints = constraints
        self.space = ParameterSpace.of(model, [*constrained, *derived])
        self.extended = bool(getattr(model, "extended", False))
        self.weighted = weight_errors is not None
        self.weight_errors = weight_errors or "sandwich"
        self.sum_of_weights = binned.total
        self.n_events = _effective(binned)
        program = Program.of(model, constraints, self.space)
        self.expectation = BinnedExpectation(program, binned.edges)

    @property
    def pure(self) -> Any:
        """Return value, gradient and Hessian as a function that JAX can transform."""
        return binned_derivatives(self.expectation, self.cost)

    @property
    def pure_value(self) -> Any:
        """Return the value alone as a function that JAX can transform."""
        return binned_value(self.expectation, self.cost)

    @property
    def pure_gradient(self) -> Any:
        """Return value and gradient as a function that JAX can transform."""
        return binned_gradient(self.expectation, self.cost)

    def expected(self, x: Float[np.ndarray, " free"]) -> Float[np.ndarray, "*bins"]:
        """Return the expected sum of weights in each bin."""
        mean = np.asarray(_expected(self.expectation, jnp.asarray(x, float)))
        if self.extended:
            return mean
        return mean * (self.sum_of_weights / mean.sum())

    def score_covariance(
        self, x: Float[np.ndarray, " free"]
    ) -> Float[np.ndarray, "free free"]:
        x = np.asarray(x, float)
        n, V = self.binned.counts, self.binned.variances
        known = jnp.asarray(n if V is None else V)
        D = binned_score_covariance(self.expectation, self.cost, known, jnp.asarray(x))
        return np.asarray(D)

    def part(self, blocks: int) -> "BinnedObjective":
        """Return the objective itself: bins are not in blocks."""
        return self

    def rehearsals(self) -> "list[BinnedObjective]":
        """Return none: a histogram of many events takes no longer than one of few."""
        return []

    def generator(
        self, x: Float[np.ndarray, " free"], *, n_events: int | None = None
    ) -> BinnedGenerator:
        """Return what draws histograms like this one from the model at `x`."""
        if not counted(self.binned):
            raise LikelyError(
                "toys of a fit to a weighted histogram cannot be drawn: the model does "
                "not say how the weights are distributed."
            )
        x = np.asarray(x, float)
        mean = self.expected(x)
        if n_events is not None and not self.extended:
            mean = mean * (n_events / mean.sum())
        return BinnedGenerator.of(
            self.expectation, self.cost, mean, self.constraints, self.space.values(x)
        )


@jax.jit
def _expected(
    expectation: BinnedExpectation, x: Float[Array, " free"]
) -> Float[Array, "*bins"]:
    return expected(expectation.parts(x))


def _effective(binned: Binned) -> int:
    r"""Return the number of events, of weighted ones $\sum_b n_b^2/V_b$, or one."""
    n, V = binned.counts, binned.variances
    if counted(binned) or V is None:
        return max(round(float(n.sum())), 1)
    return max(round(float((n**2 / np.where(V > 0, V, 1.0))[V > 0].sum())), 1)
