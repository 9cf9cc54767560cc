"""Activation functions, and their derivatives."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ...core import LikelyError, nearest
from ...fit.options import positive
from ...nets import ACTIVATIONS
from ..style import PALETTE, literal, styled
from .cells import cells

FUNCTION, DERIVATIVE = PALETTE[0], PALETTE[1]
REACH = 4.0
POINTS = 401


def plot_activations(*names: str, reach: float = REACH) -> Figure:
    """Return a figure of activation functions and their derivatives, a panel each.

    Args:
        names: Of `likely.nets.ACTIVATIONS`; all of them by default.
        reach: The functions are drawn from minus this to this.

    Raises:
        LikelyError: If there is none of that name, or `reach` is not positive.
    """
    chosen = names or tuple(ACTIVATIONS)
    for name in chosen:
        if name not in tuple(ACTIVATIONS):
            raise LikelyError(f"no activation `{name}`: {nearest(name, ACTIVATIONS)}")
    reach = positive("reach")(reach)
    z = np.linspace(-reach, reach, POINTS)
    with styled():
        figure, panels = cells(len(chosen), columns=min(len(chosen), 3), height=2.5)
        curves = _curves(chosen, z)
        for axes, name, (value, slope) in zip(panels, chosen, curves, strict=True):
            axes.axhline(0, color="#c9ccd2", linewidth=0.8, zorder=0)
            axes.plot(z, value, color=FUNCTION, label="φ(z)")
            axes.plot(z, slope, color=DERIVATIVE, linestyle="--", label="φ′(z)")
            axes.set_title(literal(name), loc="left", pad=5, fontsize=11)
            axes.set_xlim(-reach, reach)
            axes.set_ylim(min(-1.3, 1.1 * float(slope.min())), 2.2)
            axes.set_xlabel("z")
            axes.yaxis.set_major_locator(MaxNLocator(5))
            axes.minorticks_off()
        figure.axes[0].legend(loc="upper left")
    return figure


def _curves(names: Any, z: Any) -> Float[np.ndarray, "names 2 points"]:
    """Return values and derivatives, all of one program."""

    @jax.jit
    def computed(z: Any) -> Any:
        rows = []
        for name in names:
            both = jax.vmap(jax.value_and_grad(ACTIVATIONS[name].function))(z)
            rows.append(jnp.stack(both))
        return jnp.stack(rows)

    return np.asarray(computed(z))
