"""What the methods for images check of an image."""

from typing import Any

import numpy as np
from jaxtyping import Float

from .arguments import finite, floats


def image_of(image: Any, door: str) -> Float[np.ndarray, "*shape"]:
    """Return an image: an array of any shape, of finite numbers.

    Raises:
        LikelyError: If it is none.
    """
    place = f"`{door}(image=...)`"
    array = floats(image, place)
    finite(array, place)
    return array
