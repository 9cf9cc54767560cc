"""The unbinned likelihood: extended or not, weighted or not, with constraints."""

import copy
from collections.abc import Sequence
from typing import Any, final

import equinox as eqx
import numpy as np
from jaxtyping import Float

from ..core import (
    GROWTH,
    AbstractDistribution,
    AbstractLoss,
    AbstractObjective,
    AbstractPureObjective,
    Derived,
    EventBlocks,
    LikelyError,
    ParameterSpace,
    apply,
    nearest,
)
from ..data import Binned, Stream
from .binned_objective import binned_objective
from .constraint import GaussConstraint, checked_constraints
from .events_of import events_of
from .generation import Generator
from .gradient import value_and_gradient
from .joint_objective import JointObjective
from .program import Program
from .pure_likelihood import negative_log_likelihood, score_covariance, value_alone
from .scores import value_gradient_scores
from .simultaneous import Simultaneous, objectives
from .streamed import StreamedObjective
from .streamed_joint import joint_objective
from .streamed_survey import survey_of
from .template_statistics import TEMPLATES

# Which errors a fit to weighted events has, and what its result says of them.
WEIGHT_ERRORS = {
    "sandwich": "weighted events: errors are the sandwich estimate (arXiv:1911.01303).",
    "sum_of_squares": "weighted events: errors are those of squared weights, which the "
    "sandwich estimate (arXiv:1911.01303) is better than.",
    "none": "weighted events: errors are as if the weights were numbers of events.",
}


@final
class Likelihood(AbstractLoss):
    r"""Minus the logarithm of the unbinned likelihood.

    $$-\log L = -\sum_i w_i \log p(x_i) - \sum_j \log G_j
      \quad\text{or, extended,}\quad
      \nu - \sum_i w_i \log\bigl(\nu\,p(x_i)\bigr) - \sum_j \log G_j$$

    with $\nu$ the sum of yields; the constant $\log n!$ is left out. Of a histogram
    (`Binned` data) it is that of the counts, see `binned_objective`.

    Args:
        constraints: Densities $G_j$ of parameters, known from elsewhere.
        weight_errors: Which errors a fit to weighted events has, see
            `WEIGHT_ERRORS`; without weights all are the same.
        templates: Of a histogram, what is made of the finite number of events in
            `HistogramShape`s: nothing ("exact"), or "barlow_beeston" or
            "dembinski_abdelmotteleb", see `TemplateCost`.

    References:
        R. Barlow, Nucl. Instrum. Meth. A 297 (1990) 496 (extended likelihood).
    """

    constraints: tuple[GaussConstraint, ...] = eqx.field(static=True)
    weight_errors: str = eqx.field(static=True)
    templates: str = eqx.field(static=True)

    def __init__(
        self,
        constraints: Sequence[GaussConstraint] | Any = (),
        *,
        weight_errors: str = "sandwich",
        templates: str = "exact",
    ):
        self.constraints = checked_constraints("Likelihood", constraints)
        self.weight_errors = weight_errors
        self.templates = templates
        if templates not in TEMPLATES:
            raise LikelyError(
                f"`Likelihood(templates=...)`: there is no `{templates}`; "
                f"{nearest(str(templates), TEMPLATES)}"
            )
        if weight_errors not in WEIGHT_ERRORS:
            raise LikelyError(
                f"`Likelihood(weight_errors=...)`: there is no `{weight_errors}`; "
                f"{nearest(str(weight_errors), WEIGHT_ERRORS)}"
            )

    def objective(
        self, model: Any, data: Any, derived: Sequence[Derived] = ()
    ) -> AbstractObjective:
        """Return minus the log-likelihood of `data`, as a function of the parameters.

        Raises:
            LikelyError: If the data lack a column of the model, hold no events in
                its range, or hold values or weights that are not finite.
        """
        if isinstance(model, Simultaneous):
            each = Likelihood(
                weight_errors=self.weight_errors, templates=self.templates
            )
            parts = objectives(model, data, dict.fromkeys(model.names, each))
            return joint_objective(
                JointObjective(parts, model, self.constraints, derived)
            )
        if isinstance(data, Binned):
            return binned_objective(
                model,
                data,
                self.constraints,
                derived,
                weight_errors=self.weight_errors,
                templates=self.templates,
            )
        if self.templates != "exact":
            raise LikelyError(
                "`Likelihood(templates=...)` is for histograms; make one of the events "
                "with `Binned.of(data, bins, ranges)`."
            )
        if not isinstance(model, AbstractDistribution):
            raise LikelyError(
                "`fit(model, ...)`: the model must be a density from "
                f"`likely.distributions`; got {type(model).__name__}. A network "
                "needs a `loss` of `lk.losses`."
            )
        survey = survey_of(model, data) if isinstance(data, Stream) else None
        if survey is None:
            events, weights = events_of(model, data)
        else:
            events, weights = survey.events, survey.weights
        in_memory = LikelihoodObjective(
            model,
            events,
            weights,
            self.constraints,
            derived,
            weight_errors=self.weight_errors,
        )
        return in_memory if survey is None else StreamedObjective(in_memory, survey)


@final
class LikelihoodObjective(AbstractPureObjective):
    """Minus the log-likelihood of fixed events.

    Args:
        model: A density with parameters.
        events: One row an observable, in the model's order and units.
        weights: Weight of each event, or None if all are one.
        constraints: Terms that are not of the events.
        derived: Named formulas to be reported.
        weight_errors: A key of `WEIGHT_ERRORS`.
    """

    def __init__(
        self,
        model: AbstractDistribution,
        events: Float[np.ndarray, "dim events"],
        weights: Float[np.ndarray, " events"] | None,
        constraints: tuple[GaussConstraint, ...] = (),
        derived: Sequence[Derived] = (),
        *,
        weight_errors: str = "sandwich",
    ):
        constrained = [c.parameter for c in constraints]
        self.model, self.events, self.weights = model, events, weights
        self.weighted = weights is not None
        self.n_events = events.shape[1]
        self.constraints, self.weight_errors = constraints, weight_errors
        self.space = ParameterSpace.of(model, [*constrained, *derived])
        self.extended = bool(getattr(model, "extended", False))
        self.sum_of_weights = float(
            events.shape[1] if weights is None else weights.sum()
        )
        self.program = Program.of(model, constraints, self.space)
        self.blocks = EventBlocks.of(events, weights)

    @property
    def pure(self) -> Any:
        """Return value, gradient and Hessian as a function that JAX can transform."""
        return negative_log_likelihood(self.program, self.blocks)

    @property
    def pure_value(self) -> Any:
        """Return the value alone as a function that JAX can transform."""
        return value_alone(self.program, self.blocks)

    @property
    def pure_gradient(self) -> Any:
        """Return value and gradient as a function that JAX can transform."""
        return value_and_gradient(self.program, self.blocks)

    @property
    def pure_scores(self) -> Any:
        """Return value, gradient and outer product of scores, likewise."""
        return value_gradient_scores(self.program, self.blocks)

    def score_covariance(
        self, x: Float[np.ndarray, " free"]
    ) -> Float[np.ndarray, "free free"]:
        x = np.asarray(x, float)
        if self.weight_errors == "none":
            return self.derivatives(x).hessian
        if self.weight_errors == "sum_of_squares" and self.weights is not None:
            squares = EventBlocks.of(self.events, self.weights**2)
            pure = negative_log_likelihood(self.program, squares)
            return np.asarray(apply(pure, x)[2])
        return np.asarray(score_covariance(self.program, x, self.blocks))

    def part(self, blocks: int) -> "LikelihoodObjective":
        r"""Return the objective of the first blocks, with weight $W/W_{part}$.

        It is a sample of all events, and runs by the same program.
        """
        if blocks >= self.blocks.used[0]:
            return self
        kept = int(self.blocks.counts[:, :blocks].sum())
        chosen = float(kept)
        if self.blocks.weights is not None:
            chosen = float(np.asarray(self.blocks.weights)[:, :blocks].sum())
            if chosen <= 0:
                return self  # weights that cancel leave nothing to fit
        other = copy.copy(self)
        other.blocks = self.blocks.first(blocks, self.sum_of_weights / chosen)
        other.n_events = kept
        return other

    def generator(
        self, x: Float[np.ndarray, " free"], *, n_events: int | None = None
    ) -> Generator:
        """Return what draws data sets like this one from the model at `x`."""
        if self.weights is not None:
            raise LikelyError(
                "toys of a fit to weighted events cannot be drawn: the model does not "
                "say how the weights are distributed."
            )
        values = self.space.values(np.asarray(x, float))
        n = self.n_events if n_events is None else n_events
        dim = len(self.model.observables)
        return Generator.of(
            self.model,
            self.program,
            self.constraints,
            values,
            n_events=n,
            given=self.events[dim:].T,
        )

    def rehearsals(self) -> list["LikelihoodObjective"]:
        """Return objectives of growing parts of the events.

        They are the first 1, 16, 256, ... blocks, as long as these are less than half
        of all. Weighted events have none: negative weights need all events to make a
        density.
        """
        if self.weights is not None:
            return []
        found, blocks = [], 1
        while 2 * blocks <= self.blocks.used[0]:
            found.append(self.part(blocks))
            blocks *= GROWTH
        return found
