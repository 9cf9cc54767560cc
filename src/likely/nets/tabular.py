"""A perceptron for rows of numbers and categories."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, InitVar
from itertools import pairwise
from typing import Any, final

import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import LikelyError
from .encoding import dummies, one_hot
from .layered import AbstractLayered
from .mlp import MLP
from .net import DTYPES, knob, made, option, refuse_made, sample, weight_type
from .parts import choice, parts, seed_of, uniform, whole, whole_number

ENCODINGS = ("embedding", "one_hot", "dummy")


@final
class TabularNet(AbstractLayered):
    r"""An `MLP` of a row whose columns are numbers or codes of categories.

    The numbers come first, then what each code becomes: a learned vector, a column for
    each category, or one for each but category 0. A code of none gives zeros.

    Args:
        inputs: Columns of the row.
        outputs: Numbers that come out.
        categories: Of each column of codes, by its place from 0, how many categories it
            has: `{3: 4}`, or pairs.
        encoding: "embedding", "one_hot" or "dummy", see `encoding`.
        embedding: Length of the learned vectors; None for half the number of
            categories, 50 at most.
        hidden: As of `MLP`.
        activation: As of `MLP`.
        dropout: As of `MLP`.
        normalisation: As of `MLP`.
        dtype: As of `MLP`.
        key: Random numbers of the first weights.

    Raises:
        LikelyError: If an option is not as described.

    References:
        C. Guo, F. Berkhahn, "Entity embeddings", arXiv:1604.06737.
    """

    inputs: int = option()
    outputs: int = option()
    _: KW_ONLY
    categories: tuple[tuple[int, int], ...] = option()
    encoding: str = option(default="embedding")
    embedding: int | None = option(default=None)
    hidden: tuple[int, ...] = option(default=(100, 100, 100))
    activation: str = option(default="relu")
    dropout: float = knob(default=0.0)
    normalisation: str | None = option(default=None)
    dtype: str = option(default="float32")
    key: InitVar[Any]
    tables: tuple[Float[Array, "categories width"], ...] = made()
    mlp: MLP = made()

    def __post_init__(self, key: Any) -> None:
        refuse_made(self)
        self.inputs = whole(self, "inputs")
        self.categories = _categories(self.categories, self.inputs)
        choice(self, "encoding", ENCODINGS)
        if self.embedding is not None:
            self.embedding = whole(self, "embedding")
        choice(self, "dtype", DTYPES)
        one, two = parts(seed_of(self, key), 2)
        widths = [self._width(number) for _, number in self.categories]
        tables: tuple[Any, ...] = ()
        if self.encoding == "embedding":
            # Variance one, as scaled columns of numbers have it.
            sizes = zip(self.categories, widths, parts(two, len(widths)), strict=True)
            kind = weight_type(self.dtype)
            tables = tuple(
                uniform(seed, (number, width), 3**0.5, kind)
                for (_, number), width, seed in sizes
            )
        self.tables = tables
        self.mlp = MLP(
            self.inputs - len(widths) + sum(widths),
            self.outputs,
            hidden=self.hidden,
            activation=self.activation,
            dropout=self.dropout,
            normalisation=self.normalisation,
            dtype=self.dtype,
            key=one,
        )
        # As the perceptron has checked them.
        for name in ("outputs", "hidden", "dropout"):
            setattr(self, name, getattr(self.mlp, name))

    def activations(
        self, x: Any, *, key: PRNGKeyArray | None = None
    ) -> dict[str, Float[Array, " width"]]:
        # Codes above 256 have no number in bfloat16.
        kind = weight_type(self.dtype)
        what = f"{self.inputs} numbers"
        row = sample(self, x, (self.inputs,), what=what, dtype=kind)
        # The numbers are what lies between the codes.
        ends = [-1, *(column for column, _ in self.categories), self.inputs]
        spans = [(before + 1, after) for before, after in pairwise(ends)]
        found = [row[start:end] for start, end in spans if start < end]
        for i, (column, number) in enumerate(self.categories):
            if self.encoding == "dummy":
                found.append(dummies(row[column], number).astype(kind))
                continue
            flags = one_hot(row[column], number).astype(kind)
            # Looked up, a code of none would be given the vector of another.
            found.append(flags @ self.tables[i] if self.tables else flags)
        encoded = jnp.concatenate(found)
        return {"encoding": encoded} | self.mlp.activations(encoded, key=key)

    def _width(self, number: int) -> int:
        if self.encoding == "one_hot":
            return number
        if self.encoding == "dummy":
            return number - 1
        return self.embedding or min(50, (number + 1) // 2)


def _categories(given: Any, inputs: int) -> tuple[tuple[int, int], ...]:
    place = "`TabularNet(categories=...)`"
    pairs = list(given.items()) if isinstance(given, Mapping) else given
    if not isinstance(pairs, list | tuple) or not all(
        isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs
    ):
        raise LikelyError(
            f"{place} gives the number of categories of columns by their places, as in "
            f"{{3: 4}}; got {given!r}."
        )
    found = {}
    for column, number in pairs:
        column = whole_number(f"{place}: a column", column, least=0)
        if column >= inputs or column in found:
            raise LikelyError(
                f"{place} names column {column}, "
                + (
                    f"but the columns are 0 to {inputs - 1}."
                    if column >= inputs
                    else "which it has named before."
                )
            )
        least = f"{place}: the number of categories of column {column}"
        found[column] = whole_number(least, number, least=2)
    return tuple(sorted(found.items()))
