"""Networks whose inner layers can be looked at."""

import abc
from collections import OrderedDict
from typing import Any

import equinox as eqx
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import LikelyError
from .net import AbstractNet, arrays, in_arithmetic_type, weight_type


class AbstractLayered(AbstractNet):
    """A network that can tell what each of its layers gives."""

    dtype: eqx.AbstractVar[str]

    @abc.abstractmethod
    def activations(
        self, x: Any, *, key: PRNGKeyArray | None = None
    ) -> dict[str, Array]:
        """Return what each layer gives, in order; the last one is the output.

        Args:
            x: One sample.
            key: Random numbers of dropout, or None.

        Raises:
            LikelyError: If the sample is not of the network's shape.
        """

    def __call__(
        self, x: Any, *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "*outputs"]:
        return _output(self, arrays(x), key)


def layers(net: Any, x: Any, *, key: PRNGKeyArray | None = None) -> dict[str, Array]:
    """Return what each layer of a network gives for one sample, by name and in order.

    They are the feature maps of a convolution net, with channels last, the states of a
    recurrent one, the attention weights of an encoder; `output` is the network's.

    Args:
        net: A network of this room.
        x: One sample.
        key: Random numbers of dropout; None switches it off.

    Raises:
        LikelyError: If the network cannot tell, or the sample has another shape.
    """
    if not isinstance(net, AbstractLayered):
        raise LikelyError(
            f"`layers` takes a network that names its layers; got {type(net).__name__}."
        )
    return dict(_layers(net, arrays(x), key))


# Operation by operation each would be a program of its own: seconds for a first sample.
@eqx.filter_jit
def _layers(net: AbstractLayered, x: Any, key: Any) -> OrderedDict[str, Array]:
    found = in_arithmetic_type(net, net.dtype).activations(x, key=key)
    kind = weight_type(net.dtype)
    # JAX would sort the names of a dict.
    return OrderedDict((name, a.astype(kind)) for name, a in found.items())


@eqx.filter_jit
def _output(net: AbstractLayered, x: Any, key: Any) -> Array:
    return _layers(net, x, key)["output"]
