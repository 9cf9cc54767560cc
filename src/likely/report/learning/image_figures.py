"""Images, and what a network of convolutions makes of them."""

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from numpy.typing import ArrayLike

from ...core import LikelyError
from ...nets import ReceptiveField
from ..style import ALARM, INK, NotebookFigure, literal, styled
from .roc_figure import class_line

TILE, NAME = 1.02, 0.42  # inches
MOST_IMAGES = 100
MOST_CHANNELS = 8
PADDING = "#d8d8db"


def plot_images(
    images: ArrayLike,
    labels: Sequence[Any] = (),
    predicted: Sequence[Any] = (),
    *,
    probabilities: Sequence[float] = (),
    columns: int = 8,
) -> Figure:
    """Return a gallery of images, with true and predicted class above each.

    Above an image stands `true → predicted`, red where they differ, and the probability
    if it is given.

    Args:
        images: The first axis over them; each one (height, width), or (height, width,
            channels) with one or three channels.
        labels: True classes, or none.
        predicted: Predicted classes, or none.
        probabilities: Of the predicted classes, or none.
        columns: Images in a row.

    Raises:
        LikelyError: If there is no image or more than a hundred, one is not as
            described, or there are not as many classes as images.
    """
    pictures = [_picture(image, "plot_images(images=...)") for image in _many(images)]
    if not isinstance(columns, Integral) or columns < 1:
        raise LikelyError(f"`plot_images(columns=...)` is at least 1; got {columns!r}.")
    given = {"labels": labels, "predicted": predicted, "probabilities": probabilities}
    for name, values in given.items():
        if not hasattr(values, "__len__"):
            raise LikelyError(
                f"`plot_images({name}=...)` takes a list of one entry an image; got "
                f"{values!r:.80}."
            )
        if len(values) not in (0, len(pictures)):
            raise LikelyError(
                f"`plot_images({name}=...)` has {len(values)} entries for "
                f"{len(pictures)} images; give one each, or none."
            )
    across = min(columns, len(pictures))
    down = -(-len(pictures) // across)
    top = 0.26
    width, height = across * (TILE + 0.1) + 0.1, down * (TILE + top + 0.05) + 0.05
    with styled():
        figure = NotebookFigure(figsize=(width, height))
        for i, picture in enumerate(pictures):
            row, column = divmod(i, across)
            left = 0.1 + column * (TILE + 0.1)
            bottom = height - (row + 1) * (TILE + top + 0.05)
            axes = _tile(figure, left, bottom, TILE)
            _show(axes, picture, None)
            text, wrong = _words(i, given)
            colour = ALARM if wrong else INK
            axes.set_title(literal(text), fontsize=9.5, pad=3, color=colour)
    return figure


def plot_feature_maps(
    maps: Mapping[str, ArrayLike], *, image: ArrayLike | None = None
) -> Figure:
    """Return a figure of what the layers of a network make of an image, a row a layer.

    Channels of a layer have one scale of colours, dark for small; beyond eight channels
    the first eight are shown.

    Args:
        maps: By the name of the layer, (height, width, channels), as `lk.nets.layers`
            returns them; layers of another shape, which are no images, are left out.
        image: What the network was given, shown first; as in `plot_images`.

    Raises:
        LikelyError: If no layer is left, or `image` is none.
    """
    if not isinstance(maps, Mapping):
        raise LikelyError(
            "`plot_feature_maps(maps)` takes the layers by name, as `lk.nets.layers` "
            f"returns them; got {type(maps).__name__}."
        )
    arrays = {
        name: _numbers(values, f"plot_feature_maps({name})")
        for name, values in maps.items()
    }
    layers = {
        name: np.moveaxis(values, -1, 0)
        for name, values in arrays.items()
        if values.ndim == 3 and values.size
    }
    if not layers:
        shapes = ", ".join(f"{k}: {v.shape}" for k, v in arrays.items()) or "nothing"
        raise LikelyError(
            "`plot_feature_maps(maps)` needs a layer of shape (height, width, "
            f"channels); got {shapes}."
        )
    picture = None if image is None else _picture(image, "plot_feature_maps(image=...)")
    across = max(min(len(layer), MOST_CHANNELS) for layer in layers.values())
    rows = len(layers) + (picture is not None)
    width = NAME + across * (TILE + 0.06) + 0.1
    height = rows * (TILE + 0.4) + 0.1
    with styled():
        figure = NotebookFigure(figsize=(max(width, 3.2), height))
        bottom = height + 0.1
        if picture is not None:
            bottom -= TILE + 0.4
            axes = _tile(figure, NAME, bottom, TILE)
            _show(axes, picture, None)
            _name(axes, "image")
        for name, layer in layers.items():
            bottom -= TILE + 0.4
            scale = float(layer.min()), float(layer.max())
            for j, channel in enumerate(layer[:MOST_CHANNELS]):
                left = NAME + j * (TILE + 0.06)
                axes = _tile(figure, left, bottom, TILE)
                _show(axes, channel, scale, colours="viridis")
                if j == 0:
                    size = " × ".join(str(n) for n in channel.shape)
                    more = len(layer) - MOST_CHANNELS
                    rest = f", {more} more" if more > 0 else ""
                    _name(axes, f"{name}: {len(layer)} channels of {size}{rest}")
    return figure


def plot_receptive_field(
    image: ArrayLike, fields: Mapping[str, ReceptiveField]
) -> Figure:
    """Return a figure of what a pixel of each layer sees of an image.

    Of each layer it is the pixel whose field lies nearest to the middle. What is grey
    is outside of the image: padding.

    Args:
        image: As in `plot_images`.
        fields: What `lk.nets.receptive_field` returned, or some of it.

    Raises:
        LikelyError: If there is no field, or `image` is none.
    """
    if not fields:
        raise LikelyError("`plot_receptive_field(image, fields)` needs a field.")
    for field in fields.values() if isinstance(fields, Mapping) else [fields]:
        if not isinstance(field, ReceptiveField):
            raise LikelyError(
                "`plot_receptive_field(image, fields)` takes what "
                "`lk.nets.receptive_field` returns, fields by the name of the layer; "
                f"got {type(field).__name__}."
            )
    picture = _picture(image, "plot_receptive_field(image=...)")
    rows, columns = picture.shape[:2]
    boxes = {
        name: (_first(field, columns), _first(field, rows), field.size)
        for name, field in fields.items()
    }
    left = min([0, *(x for x, _, _ in boxes.values())]) - 0.5
    top = min([0, *(y for _, y, _ in boxes.values())]) - 0.5
    right = max([columns, *(x + n for x, _, n in boxes.values())]) - 0.5
    foot = max([rows, *(y + n for _, y, n in boxes.values())]) - 0.5
    with styled():
        figure = NotebookFigure(figsize=(6.8, 4.0))
        axes = figure.add_axes((0.02, 0.03, 0.56, 0.94))
        axes.set_facecolor(PADDING)
        _show(axes, picture, None)
        handles: list[Any] = []
        for i, (name, (x, y, n)) in enumerate(boxes.items()):
            line = {**class_line(i), "linewidth": 2.0}
            colour, dashes = line.pop("color"), line.pop("linestyle")
            # Fields of one size must not hide each other.
            gap = 0.5 - 0.07 * (i % 3)
            square: Any = {"fill": False, "edgecolor": colour, "linestyle": dashes}
            side = n - 1 + 2 * gap
            axes.add_patch(Rectangle((x - gap, y - gap), side, side, **square, **line))
            words = f"{name}: {n} × {n}, stride {fields[name].stride}"
            shown: Any = {"color": colour, "linestyle": dashes}
            handles.append(Line2D([], [], label=literal(words), **shown))
        if left < -0.5 or top < -0.5 or right > columns - 0.5 or foot > rows - 0.5:
            handles.append(Patch(color=PADDING, label="padding"))
        axes.set_xlim(left - 0.3, right + 0.3)
        axes.set_ylim(foot + 0.3, top - 0.3)
        axes.legend(
            handles=handles,
            loc="upper left",
            bbox_to_anchor=(1.02, 1.0),
            fontsize=10,
            title="Pixels seen",
            title_fontsize=10,
        )
    return figure


def _first(field: ReceptiveField, pixels: int) -> int:
    """Return the first pixel of the field that lies nearest to the middle."""
    middle = 0.5 * (pixels - 1)
    steps = (middle - field.start - 0.5 * (field.size - 1)) / field.stride
    return field.start + max(round(steps), 0) * field.stride


def _many(images: ArrayLike) -> np.ndarray:
    found = _numbers(images, "plot_images(images)")
    if found.ndim < 3 or not 1 <= len(found) <= MOST_IMAGES:
        raise LikelyError(
            f"`plot_images(images)` takes 1 to {MOST_IMAGES} images, the first axis "
            f"over them; got shape {found.shape}."
        )
    return found


def _picture(image: ArrayLike, door: str) -> Float[np.ndarray, "rows columns ..."]:
    """Return a grey image, or one of three colours last, from zero to one."""
    found = _numbers(image, door)
    if found.ndim == 3 and found.shape[-1] == 1:
        found = found[..., 0]
    coloured = found.ndim == 3 and found.shape[-1] == 3
    if found.size == 0 or not (found.ndim == 2 or coloured):
        raise LikelyError(
            f"`{door}`: an image has the shape (height, width) or (height, width, "
            f"1 or 3 channels); got {np.shape(image)}."
        )
    # Pixels that are not finite stay white; if all are, there is no scale.
    known = found[np.isfinite(found)]
    low, high = (known.min(), known.max()) if known.size else (0.0, 1.0)
    return (found - low) / (high - low or 1.0)


def _numbers(values: ArrayLike, door: str) -> Float[np.ndarray, "..."]:
    try:
        return np.asarray(values, float)
    except (TypeError, ValueError):
        raise LikelyError(
            f"`{door}` takes an array of numbers, all images of one size; got "
            f"{type(values).__name__} that is none."
        ) from None


def _tile(figure: Figure, left: float, bottom: float, side: float) -> Axes:
    width, height = figure.get_size_inches()
    box = left / width, bottom / height, side / width, side / height
    return figure.add_axes(box)


def _show(
    axes: Axes, picture: np.ndarray, scale: Any, *, colours: str = "Greys"
) -> None:
    low, high = scale or (0.0, 1.0)
    axes.imshow(picture, cmap=colours, vmin=low, vmax=high, interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.minorticks_off()


def _name(axes: Axes, text: str) -> None:
    axes.set_title(literal(text), loc="left", fontsize=9.5, pad=3)


def _words(i: int, given: Mapping[str, Sequence[Any]]) -> tuple[str, bool]:
    """Return what stands above an image, and whether it was taken for another."""
    labels, predicted = given["labels"], given["predicted"]
    texts = [str(values[i]) for values in (labels, predicted) if len(values)]
    text = " → ".join(texts)
    if len(given["probabilities"]):
        text += f" ({given['probabilities'][i]:.2f})"
    return text, len(texts) == 2 and texts[0] != texts[1]
