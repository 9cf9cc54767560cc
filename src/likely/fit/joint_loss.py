"""The sum of losses of different kinds, over categories that share parameters."""

from collections.abc import Mapping, Sequence
from typing import Any, final

import equinox as eqx

from ..core import AbstractLoss, AbstractObjective, Derived, LikelyError
from .constraint import GaussConstraint, checked_constraints
from .joint_objective import JointObjective
from .simultaneous import Simultaneous, objectives
from .streamed_joint import joint_objective


@final
class JointLoss(AbstractLoss):
    r"""A loss for each category of a `Simultaneous` model, $\sum_c \ell_c$.

    For instance a likelihood of events and the chi-square of a measured spectrum. Where
    all losses are likelihoods, `Likelihood` itself fits such a model.

    Args:
        losses: Loss by the name of its category.
        constraints: Of parameters of any category; the losses have none of their own.

    Raises:
        LikelyError: If an argument is of another type.
    """

    losses: Mapping[str, AbstractLoss]
    constraints: tuple[GaussConstraint, ...] = eqx.field(static=True)

    def __init__(
        self,
        losses: Any,
        constraints: Sequence[GaussConstraint] | Any = (),
    ):
        if not isinstance(losses, Mapping):
            raise LikelyError(
                "`JointLoss(losses)` takes a loss by the name of its category, such as "
                f"`{{'a': Likelihood()}}`; got {type(losses).__name__}."
            )
        for name, loss in losses.items():
            if not isinstance(loss, AbstractLoss):
                raise LikelyError(
                    f"`JointLoss(losses)`: that of `{name}` must be a loss such as "
                    f"`Likelihood()`; got {type(loss).__name__}."
                )
        self.losses = dict(losses)
        self.constraints = checked_constraints("JointLoss", constraints)

    def objective(
        self, model: Any, data: Any, derived: Sequence[Derived] = ()
    ) -> AbstractObjective:
        """Return the sum of the losses, as a function of all parameters.

        Raises:
            LikelyError: If the losses have other categories than the model.
        """
        if not isinstance(model, Simultaneous):
            raise LikelyError(
                "`JointLoss` is for a `Simultaneous` model; "
                f"got {type(model).__name__}."
            )
        if set(self.losses) != set(model.names):
            raise LikelyError(
                f"`JointLoss(losses)` needs a loss for each of {list(model.names)}; "
                f"got {list(self.losses)}."
            )
        for name, loss in self.losses.items():
            if getattr(loss, "constraints", ()):
                raise LikelyError(
                    f"`JointLoss`: the loss of `{name}` has constraints of its own, "
                    "which may be of a shared parameter; give all to `JointLoss`."
                )
        parts = objectives(model, data, self.losses)
        return joint_objective(JointObjective(parts, model, self.constraints, derived))
