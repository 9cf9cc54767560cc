"""What boosted trees are to be like, given where a network would be."""

from collections.abc import Callable
from typing import Any, final

import equinox as eqx

from ...core import LikelyError
from ...data import Features, Inputs
from ...fit import EarlyStopping
from ...fit.learning.stopping import stopping_of
from ...fit.logs import Logs
from ...fit.options import not_negative, number, positive, whole

# scikit-learn keeps the bin of a value in a byte, of which one value is for missing.
MOST_BINS = 255


def _depth(given: Any) -> int | None:
    return None if given is None else whole("depth")(given)


def _bins(given: Any) -> int:
    found = whole("bins", 2)(given)
    if found > MOST_BINS:
        raise LikelyError(f"`bins` must be from 2 to {MOST_BINS}; got {found}.")
    return found


@final
class Boosting(eqx.Module):
    r"""Gradient-boosted trees, for `classify` and `regress` in the place of a network.

    Each step adds to $F$ a tree for each output, fitted to gradient and curvature of
    the loss of all events at $F$, and shrunk by the learning rate: a leaf $L$ holds
    $-\eta \sum_{i \in L} w_i g_i / (\sum_{i \in L} w_i h_i + \lambda)$. The tree is
    grown leaf by leaf, at the split of the largest gain among the edges of the bins.

    It is scikit-learn's HistGradientBoosting, whose trees become a
    `lk.nets.BoostedTrees`. The same seed gives the same trees, with any number of
    threads.

    Args:
        trees: Steps, at most.
        leaves: Of a tree, at most.
        learning_rate: $\eta$.
        minimum_leaf: Events that a leaf has at least.
        depth: Splits from the root to a leaf, at most; None for any number.
        l2: $\lambda$.
        columns: Share of the inputs that each split is chosen among, at random.
        bins: Of the values of an input, at most; 255 is the largest number.
        members: Of an ensemble; they differ by the inputs that `columns` below 1 draws.
        stopping: When to stop before the last step, if there are validation events;
            the steps to the best one are kept. None for never.
        seed: Of the inputs drawn.
        watch: As of `lk.Descent`: a function of the steps made and of the validation
            loss of each member, which ends the training where it returns True.
        log: Where each step is told to, one of `lk.logs` or several.

    Raises:
        LikelyError: If an option is not as described.

    References:
        J. H. Friedman (2001), doi:10.1214/aos/1013203451; G. Ke et al. (2017),
        LightGBM, NeurIPS 30.
    """

    trees: int = eqx.field(default=500, converter=whole("trees"), static=True)
    leaves: int = eqx.field(default=31, converter=whole("leaves", 2), static=True)
    learning_rate: float = eqx.field(
        default=0.1, converter=positive("learning_rate"), static=True
    )
    minimum_leaf: int = eqx.field(
        default=20, converter=whole("minimum_leaf"), kw_only=True, static=True
    )
    depth: int | None = eqx.field(
        default=None, converter=_depth, kw_only=True, static=True
    )
    l2: float = eqx.field(
        default=0.0, converter=not_negative("l2"), kw_only=True, static=True
    )
    columns: float = eqx.field(
        default=1.0,
        converter=number("columns", "above 0, up to 1", lambda share: 0 < share <= 1),
        kw_only=True,
        static=True,
    )
    bins: int = eqx.field(default=255, converter=_bins, kw_only=True, static=True)
    members: int = eqx.field(
        default=1, converter=whole("members"), kw_only=True, static=True
    )
    stopping: EarlyStopping | None = eqx.field(
        default=EarlyStopping(15), converter=stopping_of, kw_only=True
    )
    seed: int = eqx.field(
        default=0, converter=whole("seed", 0), kw_only=True, static=True
    )
    watch: Callable[[int, Any], bool] | None = eqx.field(
        default=None, kw_only=True, static=True
    )
    log: Logs = eqx.field(default=None, converter=Logs.of, kw_only=True, static=True)

    def __check_init__(self) -> None:
        if self.members > 1 and self.columns == 1:
            raise LikelyError(
                f"the {self.members} members of an ensemble of boosted trees would all "
                "be the same: nothing is random where each split looks at all inputs; "
                "take `columns` below 1, such as 0.5."
            )


def features_of_trees(features: Inputs) -> Features:
    """Return what trees are given: columns as they are.

    Raises:
        LikelyError: If they are images.
    """
    if not isinstance(features, Features):
        raise LikelyError(
            "boosted trees take columns, and `features` are images; take a network of "
            "convolutions, such as `lk.nets.ConvNet`."
        )
    return features.unscaled()


def refuse_minimiser(minimiser: Any) -> None:
    """Check that no minimiser stands beside boosted trees.

    Raises:
        LikelyError: If there is one.
    """
    if minimiser is not None:
        raise LikelyError(
            "`minimiser` stands beside `Boosting`, which finds its trees itself; drop "
            "it, and give `learning_rate` and `stopping` to `Boosting`."
        )
