"""Which pixels of an image a layer can see, from the sizes of its kernels."""

import abc
from typing import Any, NamedTuple

from ...core import LikelyError
from ..layered import AbstractLayered

INPUT = "input"


class Window(NamedTuple):
    """What a pixel of a layer sees of the layers before it, along each axis.

    Pixel $i$ sees the pixels $s i - p$ to $s i - p + k - 1$; if the layer enlarges the
    image $f$ times, pixel $i/f$, rounded down.

    Attributes:
        name: Of the layer.
        after: Names of the layers before it; `INPUT` is the image.
        kernel: $k$.
        stride: $s$.
        before: $p$.
        enlarge: $f$.
    """

    name: str
    after: tuple[str, ...]
    kernel: int = 1
    stride: int = 1
    before: int = 0
    enlarge: int = 1


class ReceptiveField(NamedTuple):
    """What a pixel of a layer sees of the image, in its pixels, along each axis.

    Attributes:
        size: How many pixels.
        stride: Distance of the fields of neighbours.
        start: First pixel that pixel 0 sees; a negative one is of the padding. Pixel
            i sees none before the i-th multiple of the stride behind it.
    """

    size: int
    stride: int
    start: int


class AbstractConvolutional(AbstractLayered):
    """A network of convolutions, which knows the sizes of their kernels."""

    @property
    @abc.abstractmethod
    def windows(self) -> tuple[Window, ...]:
        """Return what each layer of images sees of those before it."""


def receptive_field(net: Any) -> dict[str, ReceptiveField]:
    r"""Return the receptive field of each layer of images, by the layer's name.

    Without branches $r_l = r_{l-1} + (k_l - 1) j_{l-1}$ and $j_l = j_{l-1} s_l$, with
    the size $r$ and the stride $j$. Where layers are joined it is all that any of them
    sees, and where the field differs from pixel to pixel, as behind layers that enlarge
    the image, the largest. Normalisations see the whole image and are left out.

    Args:
        net: A network of convolutions.

    Raises:
        LikelyError: If it is another network.

    References:
        A. Araujo, W. Norris, J. Sim, Distill (2019), doi:10.23915/distill.00021.
    """
    if not isinstance(net, AbstractConvolutional):
        raise LikelyError(
            "`receptive_field` takes a network of convolutions; "
            f"got {type(net).__name__}."
        )
    windows = {window.name: window for window in net.windows}
    return {name: _field(windows, name) for name in windows}


def _field(windows: dict[str, Window], name: str) -> ReceptiveField:
    stride, period = _stride(windows, name)
    ends = [_seen(windows, name, i, i) for i in range(period)]
    return ReceptiveField(
        size=max(last - first + 1 for first, last in ends),
        stride=stride,
        start=min(first - i * stride for i, (first, _) in enumerate(ends)),
    )


def _stride(windows: dict[str, Window], name: str) -> tuple[int, int]:
    """Return the stride, and after how many pixels the field is the same again."""
    if name == INPUT:
        return 1, 1
    window = windows[name]
    found = [_stride(windows, before) for before in window.after]
    period = max(period for _, period in found) * window.enlarge
    return found[0][0] * window.stride // window.enlarge, period


def _seen(
    windows: dict[str, Window], name: str, first: int, last: int
) -> tuple[int, int]:
    """Return the first and last pixel of the image behind a range of a layer's."""
    if name == INPUT:
        return first, last
    window = windows[name]
    first, last = first // window.enlarge, last // window.enlarge
    first = first * window.stride - window.before
    last = last * window.stride - window.before + window.kernel - 1
    seen = [_seen(windows, before, first, last) for before in window.after]
    return min(a for a, _ in seen), max(b for _, b in seen)
