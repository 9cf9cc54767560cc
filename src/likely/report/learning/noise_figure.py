"""What a batch of a given size is worth, by the noise of its gradient."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...core import LikelyError
from ...fit import GradientNoise
from ..numbers import label_decades
from ..style import PALETTE, literal, styled
from ..verdict import measured
from .cells import cells, name_y

# Sizes of batches that are drawn, beyond the noise scales.
DECADES = 2.0


def plot_gradient_noise(
    noises: GradientNoise | Mapping[str, GradientNoise],
) -> Figure:
    r"""Return a figure of what a step and an event are worth, against the batch's size.

    The best step with the gradient of $b$ events lowers the loss by $1/(1 + B/b)$ of
    what one without noise would, $B$ the noise scale: the left panel. Of an event that
    is in proportion to $1/(1 + b/B)$, the right panel. Bands are one standard error.

    Args:
        noises: What `gradient_noise` returned, or several by name, such as of several
            moments of a training.

    Raises:
        LikelyError: If it is something else, or no gradient is seen above its noise.

    Source:
        S. McCandlish, J. Kaplan, D. Amodei et al. (2018), arXiv:1812.06162, equation
        2.7.
    """
    several = noises if isinstance(noises, Mapping) else {"": noises}
    for noise in several.values():
        if not isinstance(noise, GradientNoise):
            raise LikelyError(
                "`plot_gradient_noise` takes what `gradient_noise` returned; got "
                f"{type(noise).__name__}."
            )
    seen = {k: n for k, n in several.items() if np.isfinite(n.scale.value)}
    if not seen:
        raise LikelyError(
            "`noises` has no gradient that is seen above its noise: take more events, "
            "or an earlier moment of the training."
        )
    scales = [noise.scale.value for noise in seen.values()]
    ends = min(scales) / 10**DECADES, max(scales) * 10**DECADES
    batch = np.geomspace(max(ends[0], 1.0), max(ends[1], 10.0), 300)
    with styled():
        figure, panels = cells(2, height=3.2)
        for axes, sign, text in zip(
            panels, (1, -1), ("Worth of a step", "Worth of an event"), strict=True
        ):
            for place, (name, noise) in enumerate(seen.items()):
                _draw(axes, noise, batch, sign, (name, PALETTE[place % len(PALETTE)]))
            axes.set_xscale("log")
            label_decades(axes.xaxis)
            axes.set_xlim(batch[0], batch[-1])
            axes.set_ylim(0, 1.05)
            axes.set_xlabel("Events of a batch")
            name_y(axes, text)
            axes.yaxis.minorticks_off()
        figure.legend(
            handles=figure.axes[0].get_lines()[::2],
            loc="upper center",
            ncols=3,
            frameon=False,
        )
    return figure


def _draw(
    axes: Axes, noise: GradientNoise, batch: object, sign: int, look: tuple[str, str]
) -> None:
    name, colour = look
    B, error = noise.scale.value, noise.scale.error or 0.0
    text = measured(B, noise.scale.error)
    label = literal(f"{name}: {text}" if name else f"Noise scale {text}")
    b = np.asarray(batch, float)
    # A scale within an error of zero has a band that ends at zero.
    low, high = max(B - error, 1e-3 * B), B + error
    worth = [1 / (1 + (scale / b) ** sign) for scale in (B, low, high)]
    axes.plot(b, worth[0], color=colour, label=label)
    axes.fill_between(b, worth[1], worth[2], color=colour, alpha=0.18, linewidth=0)
    axes.plot([B], [0.5], "o", color=colour, markersize=5)
