"""The chi-square of a histogram as a loss."""

from collections.abc import Sequence
from typing import Any, final

import equinox as eqx

from ..core import AbstractLoss, Derived, LikelyError, nearest
from ..data import Binned
from .bin_costs import ChiSquareCost
from .binned_objective import BinnedObjective
from .bins_of import bins_of, counted, scales_of
from .constraint import GaussConstraint, checked_constraints

VARIANCES = ("data", "model", "combined")


@final
class ChiSquare(AbstractLoss):
    r"""Half the chi-square of a histogram, $\tfrac12\sum_b (n_b - \mu_b)^2/\sigma_b^2$.

    The loss of a result, twice that, is the chi-square itself. $\sigma_b^2$ is, with
    the mean weight $s_b$ (one for counts),

    - "data": the variance of the content, $n_b$ for counts (Neyman). Empty bins are
      left out, and few events pull the expectation down, by about one event a bin.
    - "model": $s_b \mu_b$ (Pearson); few events pull it up, by half as much.
    - "combined": $3/(1/n_b + 2/\mu_b)$ for counts, in which the two cancel.

    The likelihood (`Likelihood`, whose ratio is the chi-square of Baker and Cousins)
    has neither bias. This loss also takes bins of negative content.

    Args:
        constraints: Densities of parameters, known from elsewhere; their full
            $-\log G_j$ is added.
        variances: One of these.

    References:
        X. Ji et al., Nucl. Instrum. Meth. A 961 (2020) 163677, arXiv:1903.07185.
        S. Baker, R. D. Cousins, Nucl. Instrum. Meth. 221 (1984) 437.
    """

    constraints: tuple[GaussConstraint, ...] = eqx.field(static=True)
    variances: str = eqx.field(static=True)

    def __init__(
        self,
        constraints: Sequence[GaussConstraint] | Any = (),
        *,
        variances: str = "data",
    ):
        self.constraints = checked_constraints("ChiSquare", constraints)
        self.variances = variances
        if variances not in VARIANCES:
            raise LikelyError(
                f"`ChiSquare(variances=...)`: there is no `{variances}`; "
                f"{nearest(str(variances), VARIANCES)}"
            )

    def objective(
        self, model: Any, data: Any, derived: Sequence[Derived] = ()
    ) -> BinnedObjective:
        """Return half the chi-square, as a function of the parameters.

        Raises:
            LikelyError: If the data are no histogram, or do not fit to the model.
        """
        if not isinstance(data, Binned):
            raise LikelyError(
                "`ChiSquare()` needs a histogram; make one of events with "
                f"`Binned.of(data, {{'mass': 100}}, ranges)`; "
                f"got {type(data).__name__}."
            )
        binned = bins_of(model, data)
        own = None if counted(binned) else binned.variances
        if own is None and (binned.counts < 0).any():
            raise LikelyError(
                "bins of negative content need `variances`, sums of squared weights."
            )
        extended = bool(getattr(model, "extended", False))
        scales = scales_of(binned)
        cost = ChiSquareCost(binned.counts, own, scales, extended, self.variances)
        # The variances are in the cost: its inverse Hessian is the covariance.
        return BinnedObjective(model, binned, cost, self.constraints, derived)
