"""The networks by the names that study files and saved networks have for them."""

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

from jaxtyping import PRNGKeyArray

from ..core import LikelyError, nearest
from .attention import AttentionNet
from .convolution import ConvNet, ResidualConvNet, UNet
from .mlp import MLP, linear
from .net import AbstractNet, is_option
from .recurrent import RecurrentNet
from .tabular import TabularNet
from .trees import BoostedTrees

NETS: dict[str, Callable[..., AbstractNet]] = {
    "mlp": MLP,
    "linear": linear,
    "tabular": TabularNet,
    "conv": ConvNet,
    "conv_residual": ResidualConvNet,
    "unet": UNet,
    "recurrent": RecurrentNet,
    "attention": AttentionNet,
    "boosted": BoostedTrees,
}


def make_net(net: str, *, key: PRNGKeyArray, **options: Any) -> AbstractNet:
    """Return a new network.

    Args:
        net: Its name, one of `NETS`.
        key: Random numbers of the first weights.
        **options: Those of the network, of which each one is checked.

    Raises:
        LikelyError: If there is no such network, it has no such option, an option that
            it needs is missing, or a value is not as the network describes it.
    """
    known = net_options(net)
    for name in options:
        if name not in known:
            raise LikelyError(
                f"the network `{net}` has no option `{name}`; {nearest(name, known)}"
            )
    missing = [name for name, needed in known.items() if needed and name not in options]
    if missing:
        raise LikelyError(
            f"the network `{net}` needs the option `{missing[0]}`; give it one."
        )
    return NETS[net](**options, key=key)


def net_options(net: str) -> dict[str, bool]:
    """Return the options of a network by name, and whether it needs them.

    Args:
        net: Its name, one of `NETS`.

    Raises:
        LikelyError: If there is no such network.
    """
    if not isinstance(net, str) or net not in NETS:
        raise LikelyError(f"there is no network {net!r}; {nearest(str(net), NETS)}")
    build = NETS[net]
    parameters = inspect.signature(build).parameters
    # What a constructor makes is in its signature, too, as all fields are.
    fields = dataclasses.fields(build) if dataclasses.is_dataclass(build) else ()
    left_out = {"key", *(field.name for field in fields if not is_option(field))}
    return {
        name: parameter.default is parameter.empty
        for name, parameter in parameters.items()
        if name not in left_out
    }


def specification(net: AbstractNet) -> dict[str, Any]:
    """Return the name of a network and its options, as JSON can hold them.

    Args:
        net: A network, or an ensemble of them as `equinox.filter_vmap` makes it.

    Raises:
        LikelyError: If it is none of `NETS`.
    """
    for name, build in NETS.items():
        if type(net) is build:
            return {"net": name, "options": net.options}
    raise LikelyError(
        f"`{type(net).__name__}` is none of the networks of `likely.nets`, which are "
        f"known by name: {', '.join(NETS)}."
    )
