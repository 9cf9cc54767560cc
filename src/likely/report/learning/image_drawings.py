"""Images in the reports: those told wrong, and what the layers make of one."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Shaped

from ...data import Images
from ...fit import Ensemble
from ...methods import Classification, Evaluation, Regression
from ...nets import AbstractLayered, layers, receptive_field
from ...nets.convolution import AbstractConvolutional
from ..drawing import Drawing
from ..numbers import grouped
from .image_figures import plot_feature_maps, plot_images, plot_receptive_field

MOST_MISTAKES = 24
SHOWABLE = (1, 3)  # channels


def drawings_of_images(
    found: Classification | Regression, evaluation: Evaluation | None, part: str
) -> Iterator[Drawing]:
    """Yield the worst mistakes, feature maps and receptive fields of a model of images.

    Of an ensemble, layers are those of the first member.

    Args:
        found: The model; of one of columns there are none.
        evaluation: Of a classification.
        part: Name of the part whose images are shown.
    """
    features, net = found.predictor.features, found.predictor.model
    if not isinstance(features, Images):
        return
    images = features.raw(found.parts[part])
    if evaluation is not None:
        yield from _mistakes(images, evaluation)
    if isinstance(net, Ensemble):
        net = net.member(0)
    picture = shown(images[:1])[0]
    inputs = features.encode(images[0].astype(np.float64)).astype(np.float32)
    told = layers(net, inputs) if isinstance(net, AbstractLayered) else {}
    maps = {name: values for name, values in told.items() if values.ndim == 3}
    if maps:
        yield Drawing(
            "feature-maps",
            plot_feature_maps(maps, image=picture),
            f"What each of {len(maps)} layers makes of the first image of {part}.",
            f"What each layer makes of the first image of the part {part}: a row a "
            "layer, a picture a channel, bright where its number is large.",
        )
    if isinstance(net, AbstractConvolutional):
        fields = receptive_field(net)
        sizes = ", ".join(f"{n} {f.size}" for n, f in fields.items())
        yield Drawing(
            "receptive-field",
            plot_receptive_field(picture, fields),
            f"What a pixel of each layer sees of an image, in pixels: {sizes}.",
            "What a pixel of each layer sees of an image, by the sizes of kernels and "
            "pooling.",
        )


def _mistakes(
    images: Shaped[np.ndarray, "events ..."], evaluation: Evaluation
) -> Iterator[Drawing]:
    scores, names = evaluation.scores[evaluation.part], evaluation.classes
    p, labels = scores.probabilities, scores.labels
    chosen = p.argmax(axis=1)
    wrong = np.flatnonzero(chosen != labels)
    if not len(wrong):
        return
    order = np.argsort(p[wrong, labels[wrong]], kind="stable")
    rows = wrong[order][:MOST_MISTAKES]
    which = f"{grouped(len(wrong))} of {grouped(len(labels))} images that are taken for"
    rest = f" The worst {len(rows)} are shown." if len(rows) < len(wrong) else ""
    yield Drawing(
        "mistakes",
        plot_images(
            shown(images[rows]),
            [names[k] for k in labels[rows]],
            [names[k] for k in chosen[rows]],
            probabilities=p[rows, chosen[rows]].tolist(),
        ),
        f"The worst of {which} another class.",
        f"The worst of {which} another class: true → predicted class and the "
        "probability of the predicted one, beginning with the smallest probability of "
        f"the true one.{rest}",
    )


def shown(images: Shaped[np.ndarray, "images ..."]) -> Shaped[np.ndarray, "images ..."]:
    """Return images in grey or in three colours; of other channels their mean."""
    if images.ndim == 4 and images.shape[-1] not in SHOWABLE:
        return images.mean(axis=-1)
    return images
