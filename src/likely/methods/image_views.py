"""What a classifier of images looks at, and what it looks for, class by class."""

from dataclasses import dataclass
from typing import Any, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Shaped

from ..core import LikelyError
from ..data import Images
from ..fit import Ensemble
from .classification import Classification
from .explain import activation_maximisation, saliency

MOST_CLASSES = 10
STEPS = 128  # after which the images that a class likes best have settled
SMOOTH = 0.05  # total variation of these images, in standard deviations of pixels


@final
@dataclass(frozen=True)
class ImageViews:
    r"""What moves the outputs of a classifier of images.

    Of an ensemble, outputs are those of the first member.

    Args:
        classes: The classes that are looked at, the first ten that have events.
        examples: Of each the image whose probability of the class is the largest.
        gradients: For each example $\max_c |\partial f_k / \partial x_{ijc}|$ of the
            output $f_k$ of its own class.
        maxima: For each class the image at which its output is largest, as
            `activation_maximisation` finds it, in units of the data.
    """

    classes: tuple[str, ...]
    examples: Shaped[np.ndarray, "classes ..."]
    gradients: Float[np.ndarray, "classes height width"]
    maxima: Float[np.ndarray, "classes ..."]


@final
class Output(eqx.Module):
    """One output of a network; which one is a number, so that one program does all."""

    net: Any
    place: Int[Array, ""]

    def __call__(self, x: Float[Array, "..."]) -> Float[Array, ""]:
        outputs = self.net(x).reshape(-1)
        if outputs.size == 1:  # of two classes: the logarithm of their ratio
            outputs = jnp.stack([-outputs[0], outputs[0]])
        return outputs[self.place]


def view_images(
    found: Classification, *, part: str = "test", seed: int = 0
) -> ImageViews:
    """Return what moves the outputs of a classifier of images.

    Args:
        found: What `classify` returned, with images as its features.
        part: Name of the part that examples are of.
        seed: Of the noise in which the search for the best image of a class begins.

    Raises:
        LikelyError: If there is no such part, or the features are no images.
    """
    features, net = found.predictor.features, found.predictor.model
    if not isinstance(features, Images):
        raise LikelyError(
            "`view_images(found)` is for a classifier of images; this one has the "
            f"columns {', '.join(features.columns[:8])}."
        )
    if isinstance(net, Ensemble):
        net = net.member(0)
    scores, raw = found.scores(part), features.raw(found.parts[part])
    labels, names = scores.labels, found.labels.classes
    own = np.take_along_axis(scores.probabilities, labels[:, None], axis=1)[:, 0]
    present = [k for k in range(len(names)) if np.any(labels == k)][:MOST_CLASSES]
    best = [int(np.argmax(np.where(labels == k, own, -1))) for k in present]
    inputs = features.encode(raw[best].astype(np.float64)).astype(np.float32)
    seen = [
        _moved(Output(net, jnp.asarray(k)), x, seed)
        for k, x in zip(present, inputs, strict=True)
    ]
    return ImageViews(
        tuple(names[k] for k in present),
        raw[best],
        np.stack([gradient for gradient, _ in seen]),
        np.stack([x * features.scale + features.centre for _, x in seen]),
    )


def _moved(output: Output, x: Float[np.ndarray, "..."], seed: int) -> tuple[Any, Any]:
    """Return the gradient of an output at an input, and the input it likes best."""
    gradient = np.abs(saliency(output, x))
    best = activation_maximisation(
        output,
        x.shape,
        steps=STEPS,
        # Of an image with channels its last axes are not those of the plane.
        total_variation=SMOOTH if x.ndim == 2 else 0.0,
        seed=seed,
    )
    return gradient if x.ndim == 2 else gradient.max(axis=-1), best.image
