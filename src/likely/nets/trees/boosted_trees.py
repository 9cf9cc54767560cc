"""Boosted trees as a network: comparisons of inputs, and sums of what leaves hold."""

from dataclasses import KW_ONLY, InitVar
from typing import Any, final

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ..layered import AbstractLayered
from ..net import made, option, refuse_made, sample, weight_type
from ..parts import choice, seed_of, whole, whole_number

# In 16 bits places above 256 would be those of others.
DTYPES = ("float32", "float64")


@final
class BoostedTrees(AbstractLayered):
    r"""Sum of trees: $y_k = b_k + \sum_t v_{tk}(x)$, with $v_{tk}$ of the leaf of $x$.

    From node $n$ of a tree $x$ goes to its left child where $x_{f_n} \le c_n$, or where
    $x_{f_n}$ is missing (nan) and those go left there; else to its right child. Both
    children of a leaf are the leaf itself, so that `levels` steps lead every sample to
    its leaf. Places are kept as numbers of the type of the weights, which an ensemble
    stacks.

    As it is made, each tree is a leaf of zero; `lk.Boosting` finds trees in events.

    Args:
        inputs: Columns of the row.
        outputs: Numbers that come out, for each of which there is a tree a step.
        trees: Steps of the boosting.
        nodes: Of the largest tree, its leaves among them; the others are filled up.
        levels: Steps from the root to the deepest leaf.
        dtype: "float32" or "float64".
        key: As of the other networks; nothing is random here.

    Raises:
        LikelyError: If an option is not as described.

    References:
        J. H. Friedman (2001), doi:10.1214/aos/1013203451.
    """

    inputs: int = option()
    outputs: int = option()
    _: KW_ONLY
    trees: int = option()
    nodes: int = option()
    levels: int = option()
    dtype: str = option(default="float32")
    key: InitVar[Any]
    feature: Float[Array, "trees outputs nodes"] = made()
    threshold: Float[Array, "trees outputs nodes"] = made()
    missing_left: Float[Array, "trees outputs nodes"] = made()
    left: Float[Array, "trees outputs nodes"] = made()
    right: Float[Array, "trees outputs nodes"] = made()
    value: Float[Array, "trees outputs nodes"] = made()
    baseline: Float[Array, " outputs"] = made()

    def __post_init__(self, key: Any) -> None:
        refuse_made(self)
        for name in ("inputs", "outputs", "trees", "nodes"):
            setattr(self, name, whole(self, name))
        place = "`BoostedTrees(levels=...)`"
        self.levels = whole_number(place, self.levels, least=0)
        choice(self, "dtype", DTYPES)
        seed_of(self, key)
        kind = weight_type(self.dtype)
        empty = jnp.zeros((self.trees, self.outputs, self.nodes), kind)
        self.feature = self.threshold = self.missing_left = empty
        self.left = self.right = self.value = empty
        self.baseline = jnp.zeros(self.outputs, kind)

    def activations(
        self, x: Any, *, key: PRNGKeyArray | None = None
    ) -> dict[str, Float[Array, "..."]]:
        row = sample(self, x, (self.inputs,), what=f"{self.inputs} numbers")
        f, left, right = (
            jnp.round(places.ravel()).astype(jnp.int32)
            for places in (self.feature, self.left, self.right)
        )
        c, missing_left = self.threshold.ravel(), self.missing_left.ravel() > 0.5
        count = self.trees * self.outputs
        root = jnp.arange(count, dtype=jnp.int32) * self.nodes

        def step(_: Any, n: Any) -> Any:
            here = root + n
            v = _at(row, _at(f, here))
            goes_left = (v <= _at(c, here)) | (jnp.isnan(v) & _at(missing_left, here))
            return jnp.where(goes_left, _at(left, here), _at(right, here))

        start = jnp.zeros(count, jnp.int32)
        leaf = jax.lax.fori_loop(0, self.levels, step, start)
        found = _at(self.value.ravel(), root + leaf).reshape(self.trees, self.outputs)
        return {"trees": found, "output": jnp.sum(found, axis=0) + self.baseline}


def _at(array: Any, places: Any) -> Any:
    # Without tests of each place, which are all inside.
    return array.at[places].get(mode="promise_in_bounds", wrap_negative_indices=False)
