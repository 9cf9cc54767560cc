"""Images of events as the inputs of a network: of one shape, and scaled."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias, final

import numpy as np
from jaxtyping import Float, Shaped

from ..core.errors import LikelyError, nearest
from .dataset import Dataset
from .features import Features

_BLOCK = 1 << 13  # events at once: what is not kept stays small
_MOST_CHANNELS_FIRST = 4


@final
@dataclass(frozen=True)
class Images:
    r"""An array of each event and what is made of it; `Images.of` fits it to events.

    A pixel becomes $(x - c) / s$ with mean and standard deviation of all pixels of the
    events that it was fitted to, or with $c$ and $c + s$ the ends of a fixed range.

    Args:
        column: The name of the array.
        shape: Of an image: (height, width) or (height, width, channels).
        centre: $c$.
        scale: $s$.
    """

    column: str
    shape: tuple[int, ...]
    centre: float
    scale: float

    @staticmethod
    def of(data: Dataset, column: str, *, range: Any = None) -> "Images":
        """Return images fitted to events, those of the training part.

        Args:
            data: The events.
            column: An array of them, which `read` gives where it is named in `columns`.
            range: The two values that become 0 and 1, or None: pixels are
                standardised.

        Raises:
            LikelyError: If there is no such array, it is of no image, a pixel is not
                finite or too large to be squared, all are the same, or there are no
                events.
        """
        images = _found(data, column)
        shape = images.shape[1:]
        _check_image(column, shape)
        _check_finite(column, images)
        if range is not None:
            return Images(column, shape, *_of_range(range))
        if not len(images):
            raise LikelyError(
                f"there are no events to fit `{column}` to; take a wider selection, or "
                "give the `range` of a pixel."
            )
        centre, scale = _moments(images)
        if not math.isfinite(scale):
            raise LikelyError(
                f"`{column}` has pixels up to {np.abs(images).max():.3g}, too large to "
                "be squared; bring them to another scale, or give their `range`."
            )
        if not scale > 0:
            raise LikelyError(
                f"`{column}` is {centre:g} in all pixels of the {len(images)} events "
                "of the training, so nothing can be learnt from it; leave it out."
            )
        return Images(column, shape, centre, scale)

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the name of the array, which is all that is needed."""
        return (self.column,)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the name of the input."""
        return (self.column,)

    @property
    def size(self) -> int:
        """Return the number of pixels of an image, those of each channel."""
        return math.prod(self.shape)

    @property
    def units(self) -> Mapping[str, str]:
        """Return the units of columns: pixels have none."""
        return {}

    def raw(self, data: Dataset) -> Shaped[np.ndarray, " events *shape"]:
        """Return the images as they are.

        Raises:
            LikelyError: If they are not there, of another shape, or not finite.
        """
        images = _found(data, self.column)
        if images.shape[1:] != self.shape:
            raise LikelyError(
                f"`{self.column}` has images of shape {images.shape[1:]}, and they "
                f"were {self.shape} in training; bring them to that size first."
            )
        _check_finite(self.column, images)
        return images

    def encode(self, raw: Any) -> Any:
        """Return the inputs of one image or of several; NumPy's or JAX's arrays."""
        return (raw - self.centre) / self.scale

    def matrix(self, data: Dataset) -> Float[np.ndarray, " events *shape"]:
        """Return the inputs of all events in single precision.

        Raises:
            LikelyError: As `raw` does, or if single precision cannot hold a pixel.
        """
        raw = self.raw(data)
        found = np.empty(raw.shape, np.float32)
        for begin in range(0, len(raw), _BLOCK):
            rows = slice(begin, begin + _BLOCK)
            # The type of a pixel may be too small for a difference.
            with np.errstate(over="ignore"):
                found[rows] = self.encode(raw[rows].astype(np.float64))
        if not np.isfinite(found).all():
            raise LikelyError(
                f"`{self.column}` has pixels so far from those of the training, "
                f"{self.centre:g} +- {self.scale:g}, that single precision cannot hold "
                "them; select events."
            )
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return what `of_dict` takes, for JSON."""
        return asdict(self)

    @staticmethod
    def of_dict(content: Mapping[str, Any]) -> "Images":
        """Return the images that `to_dict` wrote."""
        return Images(**{**content, "shape": tuple(content["shape"])})


# What a network may be given of an event.
Inputs: TypeAlias = Features | Images


def _found(data: Dataset, column: str) -> Shaped[np.ndarray, " events *shape"]:
    if not isinstance(column, str):
        raise LikelyError(
            f"`column` is the name of one array of the events; got {column!r}."
        )
    if column in data.arrays:
        return data.arrays[column]
    if column in data.columns:
        raise LikelyError(
            f"`{column}` has one number in each event; an image is an array of them."
        )
    if not data.arrays:
        raise LikelyError(
            f"the data have no images `{column}`; name them where events are read: "
            f'`lk.read(file, columns=["{column}"])`.'
        )
    hint = nearest(column, data.arrays)
    raise LikelyError(f"the data have no images `{column}`; {hint}")


def _of_range(range: Any) -> tuple[float, float]:
    try:
        low, high = (float(end) for end in range)
    except (TypeError, ValueError):
        low = high = math.nan
    if not (low < high and math.isfinite(high - low)):
        raise LikelyError(f"`range` must be two numbers, low < high; got {range!r}.")
    return low, high - low


def _check_image(column: str, shape: tuple[int, ...]) -> None:
    if len(shape) not in (2, 3):
        raise LikelyError(
            f"`{column}` has arrays of shape {shape}; an image is (height, width) or "
            "(height, width, channels)."
        )
    if len(shape) == 3 and shape[0] <= _MOST_CHANNELS_FIRST < shape[2]:
        raise LikelyError(
            f"`{column}` has arrays of shape {shape}, with the channels first; they "
            "must come last: `numpy.moveaxis(images, 1, -1)`."
        )


def _check_finite(column: str, images: Shaped[np.ndarray, " events *shape"]) -> None:
    if images.dtype.kind != "f":
        return
    axes = tuple(range(1, images.ndim))
    bad = ~np.isfinite(images).all(axis=axes)
    if bad.any():
        raise LikelyError(
            f"`{column}` has pixels that are not finite in {bad.sum()} of "
            f"{len(images)} events, the first is number {np.argmax(bad)}; select "
            "events, or fill in a value."
        )


def _moments(images: Shaped[np.ndarray, " events *shape"]) -> tuple[float, float]:
    """Return mean and standard deviation of all pixels."""
    starts = range(0, len(images), _BLOCK)
    blocks = [images[begin : begin + _BLOCK] for begin in starts]
    # What overflows is told by the caller.
    with np.errstate(over="ignore", invalid="ignore"):
        mean = sum(block.sum(dtype=np.float64) for block in blocks) / images.size
        squares = sum(((block - mean) ** 2).sum() for block in blocks)
    return float(mean), math.sqrt(squares / images.size)
