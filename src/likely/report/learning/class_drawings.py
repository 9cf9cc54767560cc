"""What a classifier of images looks at, and looks for, class by class."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Shaped

from ...methods import Evaluation
from ..drawing import Drawing
from .image_drawings import shown
from .image_figures import plot_images


def drawings_of_classes(evaluation: Evaluation) -> Iterator[Drawing]:
    """Yield an example, its saliency and the best image of each class, if of images."""
    views = evaluation.images
    if views is None:
        return
    images, slopes, best = shown(views.examples), views.gradients, shown(views.maxima)
    if images.ndim == 4:  # with channels, and so must be what stands below
        slopes = np.repeat(slopes[..., None], images.shape[-1], axis=-1)
    count = len(views.classes)
    yield Drawing(
        "classes",
        plot_images(
            np.concatenate([_scaled(row) for row in (images, slopes, best)]),
            [*views.classes, *[""] * (2 * count)],
            columns=count,
        ),
        "For each class the image of its largest probability, how much each pixel "
        "moves the output of the class, and the image at which this is largest.",
        "Above: of each class the image that has the largest probability of it. In the "
        "middle: the size of the gradient of the output of the class with respect to "
        "each pixel of this image (saliency). Below: the image at which the output is "
        "largest, found by gradient ascent from noise, with penalties that keep pixels "
        "small and smooth.",
    )


def _scaled(images: Shaped[np.ndarray, "images ..."]) -> Shaped[np.ndarray, "..."]:
    """Return each image from zero to one, as `plot_images` shows it."""
    flat = images.reshape(len(images), -1).astype(float)
    low, size = flat.min(axis=1, keepdims=True), np.ptp(flat, axis=1, keepdims=True)
    return ((flat - low) / np.where(size > 0, size, 1.0)).reshape(images.shape)
