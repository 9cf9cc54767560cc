"""Recurrent networks: plain, GRU and LSTM cells, in one direction or in both."""

from dataclasses import KW_ONLY, InitVar
from functools import partial
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from .cells import CELLS, Cell, advance, cell_of, first_state
from .layered import AbstractLayered
from .net import DTYPES, knob, made, option, refuse_made, weight_type
from .parts import (
    choice,
    dense,
    drop_out,
    flag,
    keys_for,
    parts,
    seed_of,
    share,
    whole,
    wholes,
)
from .sequence import items_of, masked

SUMMARIES = ("final", "steps")


@final
class RecurrentNet(AbstractLayered):
    """Cells that go through a sequence, then a linear layer.

    One sample is an array of shape (steps, inputs), or a pair of it and a mask of shape
    (steps,), true for what is no padding. Padding does not change the state.

    Args:
        inputs: Numbers of a step.
        outputs: Numbers that come out.
        cell: "plain", "gru" or "lstm".
        hidden: Width of the state of each layer; a layer goes through what the one
            before it gives at each step.
        bidirectional: Whether each layer goes backwards, too, with a state of its own.
        summary: What the linear layer gets: the states at the end, which are of shape
            (outputs,) then, or those of all "steps", (steps, outputs) with zeros for
            padding.
        dropout: Share of the numbers that is set to zero in training, behind each
            layer.
        dtype: As of `MLP`.
        key: Random numbers of the first weights.

    Raises:
        LikelyError: If an option is not as described.

    References:
        J. Elman, Cognitive Science 14 (1990) 179; K. Cho et al., arXiv:1406.1078;
        S. Hochreiter, J. Schmidhuber, Neural Computation 9 (1997) 1735; M. Schuster,
        K. Paliwal, IEEE Trans. Signal Process. 45 (1997) 2673.
    """

    inputs: int = option()
    outputs: int = option()
    _: KW_ONLY
    cell: str = option(default="gru")
    hidden: tuple[int, ...] = option(default=(64,))
    bidirectional: bool = option(default=False)
    summary: str = option(default="final")
    dropout: float = knob(default=0.0)
    dtype: str = option(default="float32")
    key: InitVar[Any]
    cells: tuple[tuple[Cell, ...], ...] = made()
    last: eqx.nn.Linear = made()

    def __post_init__(self, key: Any) -> None:
        refuse_made(self)
        self.inputs = whole(self, "inputs")
        self.outputs = whole(self, "outputs")
        choice(self, "cell", CELLS)
        self.hidden = wholes(self, "hidden", some=True)
        self.bidirectional = flag(self, "bidirectional")
        choice(self, "summary", SUMMARIES)
        self.dropout = share(self, "dropout")
        choice(self, "dtype", DTYPES)
        kind, ways = weight_type(self.dtype), 2 if self.bidirectional else 1
        last, *seeds = parts(seed_of(self, key), 1 + len(self.hidden))
        width, cells = self.inputs, []
        for size, seed in zip(self.hidden, seeds, strict=True):
            both = parts(seed, ways)
            cells.append(tuple(cell_of(self.cell, width, size, s, kind) for s in both))
            width = size * ways
        self.cells = tuple(cells)
        self.last = dense(width, self.outputs, last, dtype=kind)

    def activations(
        self, x: Any, *, key: PRNGKeyArray | None = None
    ) -> dict[str, Float[Array, "..."]]:
        h, mask = items_of(self, x, self.inputs)
        keys = keys_for(key, self.dropout, len(self.cells))
        found, ends = {}, h
        for i, (layer, here) in enumerate(zip(self.cells, keys, strict=True)):
            ways = [_run(c, h, mask, backwards=j == 1) for j, c in enumerate(layer)]
            h = jnp.concatenate([steps for steps, _ in ways], axis=-1)
            ends = jnp.concatenate([end for _, end in ways])
            found[f"layers.{i}"] = h
            # One draw for both, since the final states are among those of the steps.
            if i < len(self.cells) - 1 or self.summary == "steps":
                h = drop_out(h, self.dropout, here)
            else:
                ends = drop_out(ends, self.dropout, here)
        if self.summary == "steps":
            found["output"] = masked(jax.vmap(self.last)(h), mask)
        else:
            found["output"] = self.last(ends)
        return found


def _run(
    cell: Cell,
    items: Float[Array, "steps inputs"],
    mask: Bool[Array, " steps"] | None,
    *,
    backwards: bool,
) -> tuple[Float[Array, "steps width"], Float[Array, " width"]]:
    """Return the state after each step, zero for padding, and the one at the end."""

    def step(state: Any, now: Any) -> tuple[Any, Array]:
        item, real = now
        new = advance(cell, item, state)
        if real is None:
            return new, new[0]
        keep = partial(jnp.where, real)
        return tuple(map(keep, new, state)), keep(new[0], 0)

    start = first_state(cell, items.dtype)
    end, states = lax.scan(step, start, (items, mask), reverse=backwards)
    return states, end[0]
