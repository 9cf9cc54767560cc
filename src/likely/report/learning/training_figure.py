"""The course of a training: losses, learning rate and gradients, epoch by epoch."""

from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, NullFormatter

from ...core import LikelyError, Result
from ...fit.learning.training import Training
from ..numbers import label_decades
from ..style import INK, PALETTE, NotebookFigure, styled

VALIDATION, TRAINING = PALETTE[0], PALETTE[1]
SIDE = "#60646c"
# Losses higher above the smallest one than this many times the usual are cut off:
# those of the first epochs would press the rest into a line.
REACH = 6.0


def plot_training(result: Result) -> Figure:
    """Return a figure of the loss of an event after each epoch.

    The training loss is the mean while the weights moved, so that the validation loss,
    taken at the end of the epoch, may lie below it. A mark is at the epoch whose
    weights were returned. Of an ensemble each member is a thin line. The small panels
    are learning rate and size of the gradients of batches. Of boosted trees the losses
    are those after each step.

    Args:
        result: What `fit` returned for a network and `Descent`, or the `result` of
            what `classify` or `regress` returned.

    Raises:
        LikelyError: If the result is not of a training by epochs.
    """
    training = training_of(result)
    if training is None:
        raise LikelyError(
            "`plot_training` draws a training by `Descent`, and this result is of "
            f"{type(result.minimum).__name__}; take `plot_history`."
        )
    with styled():
        figure = NotebookFigure(figsize=(9.2, 4.0))
        axes = figure.add_axes((0.085, 0.14, 0.545, 0.79))
        _draw_losses(axes, training)
        _title(axes, result, training)
        small = [(training.learning_rate, "Learning rate")]
        if np.isfinite(training.gradient_norm).any():
            small.append((training.gradient_norm, "Gradient norm"))
        for place, (values, label) in enumerate(small):
            side = figure.add_axes((0.745, (0.565, 0.14)[place], 0.24, 0.365))
            _draw_small(side, values, label)
            if place < len(small) - 1:
                side.tick_params(labelbottom=False)
            else:
                side.set_xlabel(unit_of(training).capitalize())
    return figure


def training_of(result: Result) -> Training | None:
    """Return the course of a training by epochs, None if the result has none."""
    return result.minimum if isinstance(result.minimum, Training) else None


def unit_of(training: Training) -> str:
    """Return what a training goes by: epochs, or steps where no gradient is known."""
    return "epoch" if np.isfinite(training.gradient_norm).any() else "step"


def best_epochs(training: Training) -> str:
    """Return of which epochs the weights are, in words: the best, or the last ones."""
    first, last = int(training.best_epoch.min()), int(training.best_epoch.max())
    if not last:
        return "none of them good"
    unit = unit_of(training)
    when = f"{unit} {last}" if first == last else f"{unit}s {first} to {last}"
    if _are_best(training):
        return f"best after {when}"
    return f"weights of {when}" if unit == "epoch" else f"trees up to {when}"


def _are_best(training: Training) -> bool:
    """Return whether each member was watched, and never better before.

    Without early stopping the weights are the last ones, whatever they are worth.
    """
    chosen = enumerate(training.best_epoch)
    watched = [training.validation_loss[:epoch, m] for m, epoch in chosen if epoch]
    return all(loss[-1] <= loss.min() for loss in watched)


def _draw_losses(axes: Axes, training: Training) -> None:
    epochs = np.arange(1, training.epochs + 1)
    watched = bool(np.isfinite(training.validation_loss).any())
    members = len(training.best_epoch)
    style: Any = {"alpha": 0.65, "linewidth": 1.0} if members > 1 else {}
    axes.plot(epochs, training.training_loss, color=TRAINING, zorder=2, **style)
    if watched:
        axes.plot(epochs, training.validation_loss, color=VALIDATION, zorder=3, **style)
    moved = ", while weights moved" if unit_of(training) == "epoch" else ""
    handles = [Line2D([], [], color=TRAINING, label=f"Training{moved}")]
    if watched:
        handles.append(Line2D([], [], color=VALIDATION, label="Validation"))
    shown = training.validation_loss if watched else training.training_loss
    places = [(e, m) for m, e in enumerate(training.best_epoch) if e > 0]
    x = [e for e, _ in places]
    y = [shown[e - 1, m] for e, m in places]
    (mark,) = axes.plot(x, y, "o", color=INK, markersize=5 if members == 1 else 3.5)
    mark.set(zorder=4, label=best_epochs(training).capitalize())
    if x:
        handles.append(mark)
    _limits(axes, training)
    if members == 1 and x:
        foot = axes.get_ylim()[0]
        dashes: Any = {"linewidth": 0.8, "linestyle": (0, (3, 3)), "zorder": 1}
        axes.plot([x[0], x[0]], [foot, y[0]], color=INK, **dashes)
    axes.set_xlabel(unit_of(training).capitalize())
    axes.set_ylabel("Loss of an event")
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    axes.minorticks_off()
    axes.legend(handles=handles, loc="upper right")


def _limits(axes: Axes, training: Training) -> None:
    axes.set_xlim(0.5, max(training.epochs, 2) + 0.5)
    both = np.stack([training.training_loss, training.validation_loss])
    known = both[np.isfinite(both)]
    if not len(known):
        axes.set_ylim(0, 1)
        return
    low = float(known.min())
    usual = float(np.median(known)) - low
    top = float(known.max())
    top = min(top, low + REACH * usual) if usual > 0 else top
    size = (top - low) or abs(low) or 1.0
    axes.set_ylim(low - 0.06 * size, top + 0.1 * size)
    late = both[:, both.shape[1] // 2 :]
    # A training that went wrong ends above: then the legend has to look on.
    if np.isfinite(late).any() and np.nanmax(late) > top - 0.35 * size:
        axes.set_ylim(low - 0.06 * size, top + 0.6 * size)


def _title(axes: Axes, result: Result, training: Training) -> None:
    if not result.status.ok:
        style: Any = {"color": PALETTE[0], "fontweight": "bold"}
        axes.set_title("TRAINING FAILED", loc="left", pad=5, **style)
    members = len(training.best_epoch)
    if members > 1:
        axes.set_title(f"{members} members", loc="right", pad=5)


def _draw_small(
    axes: Axes, values: Float[np.ndarray, "epochs members"], label: str
) -> None:
    epochs = np.arange(1, len(values) + 1)
    shown = np.where(np.isfinite(values) & (values > 0), values, np.nan)
    alpha = 0.65 if values.shape[1] > 1 else 1.0
    axes.plot(epochs, shown, color=SIDE, linewidth=1.1, alpha=alpha)
    known = shown[np.isfinite(shown)]
    axes.set_xlim(0.5, max(len(values), 2) + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    if len(known) and known.max() > 8 * known.min():
        axes.set_yscale("log")
        label_decades(axes.yaxis)
        axes.yaxis.set_minor_formatter(NullFormatter())
    elif len(known):
        axes.set_ylim(0, 1.25 * float(known.max()))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.minorticks_off()
    axes.xaxis.minorticks_off()
    axes.set_ylabel(label, fontsize=11)
    axes.yaxis.set_label_coords(-0.27, 1.0)
    axes.tick_params(labelsize=10)
