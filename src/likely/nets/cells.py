"""What a recurrent network does in one step."""

import math
from functools import partial
from typing import Any, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .parts import Seed, parts, uniform
from .parts.initialisation import on_device
from .parts.layers import empty


@final
class PlainCell(eqx.Module):
    r"""$h' = \tanh(W x + U h + b)$."""

    weight_ih: Float[Array, "hidden inputs"]
    weight_hh: Float[Array, "hidden hidden"]
    bias: Float[Array, " hidden"]

    def __call__(
        self, x: Float[Array, " inputs"], h: Float[Array, " hidden"]
    ) -> Float[Array, " hidden"]:
        return jnp.tanh(self.weight_ih @ x + self.weight_hh @ h + self.bias)


Cell = PlainCell | eqx.nn.GRUCell | eqx.nn.LSTMCell
State = tuple[Float[Array, " hidden"], ...]

# How many matrices a cell has one below the other.
CELLS = {"plain": 1, "gru": 3, "lstm": 4}


def cell_of(kind: str, inputs: int, hidden: int, seed: Seed, dtype: Any) -> Cell:
    r"""Return a cell with weights from $U(-a, a)$, $a = 1/\sqrt{n_\text{hidden}}$.

    Biases are zero, but one for the gate of an LSTM that forgets: so it starts by
    remembering (F. Gers et al., Neural Computation 12 (2000) 2451, section 4).

    Args:
        kind: "plain", "gru" or "lstm".
        inputs: Numbers of a step.
        hidden: Numbers of the state.
        seed: Of the weights.
        dtype: Of the weights.
    """
    rows, bound = CELLS[kind] * hidden, 1 / math.sqrt(hidden)
    one, two = parts(seed, 2)
    into = uniform(one, (rows, inputs), bound, dtype)
    along = uniform(two, (rows, hidden), bound, dtype)
    bias = np.zeros(rows, dtype)
    if kind == "plain":
        return PlainCell(into, along, on_device(bias))
    if kind == "lstm":
        bias[hidden : 2 * hidden] = 1
        lstm = empty(partial(eqx.nn.LSTMCell, inputs, hidden, dtype=dtype))
        return eqx.tree_at(_weights, lstm, (into, along, on_device(bias)))
    gru = empty(partial(eqx.nn.GRUCell, inputs, hidden, dtype=dtype))
    given = (into, along, on_device(bias), on_device(np.zeros(hidden, dtype)))
    return eqx.tree_at(lambda cell: (*_weights(cell), cell.bias_n), gru, given)


def first_state(cell: Cell, dtype: Any) -> State:
    """Return the state before the first step: zeros."""
    zeros = jnp.zeros(cell.weight_hh.shape[1], dtype)
    return (zeros, zeros) if isinstance(cell, eqx.nn.LSTMCell) else (zeros,)


def advance(cell: Cell, x: Float[Array, " inputs"], state: State) -> State:
    """Return the state after one more step; its first array is what the cell gives."""
    if isinstance(cell, eqx.nn.LSTMCell):
        return cell(x, (state[0], state[1]))
    return (cell(x, state[0]),)


def _weights(cell: Any) -> tuple[Any, ...]:
    return cell.weight_ih, cell.weight_hh, cell.bias
