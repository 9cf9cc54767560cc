"""The components of a fitted model, and which of them vanish."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float

from ..core import Minimum, Parameter, evaluate
from ..core.parameter import parameters_of
from ..core.space import scalars


@final
@dataclass(frozen=True)
class Component:
    """A component of a mixture.

    Args:
        name: As in the model, with that of its category where there are several.
        kind: "yield" or "fraction".
        coefficient: Its yield or fraction: a parameter, a formula or a number.
        own: The free parameters that only its shape has.
    """

    name: str
    kind: str
    coefficient: Any
    own: tuple[str, ...]


def components_of(objective: Any) -> list[Component]:
    """Return the components of an objective's model; none where it is no mixture."""
    found = list(_mixtures(objective, ""))
    free = {p.name for p in objective.space.free}
    uses = Counter(
        name for _, _, _, shape in found for name in _names(shape, free)
    ) + Counter(name for _, _, c, _ in found for name in _names(c, free))
    for constraint in getattr(objective, "constraints", ()):
        uses += Counter(_names(constraint.parameter, free))
    return [
        Component(
            name,
            kind,
            coefficient,
            tuple(n for n in sorted(_names(shape, free)) if uses[n] == 1),
        )
        for name, kind, coefficient, shape in found
    ]


def size_of(
    component: Component,
    objective: Any,
    minimum: Minimum,
    V: Float[np.ndarray, "free free"],
) -> tuple[float, float]:
    r"""Return yield or fraction at the minimum and its error.

    $\sigma^2 = \nabla c^\top V\,\nabla c$; parameters without an error, at a limit for
    instance, add none.
    """
    space, c = objective.space, component.coefficient
    values: dict[str, Any] = {n: float(v) for n, v in space.values(minimum.x).items()}
    value = float(evaluate(c, values))
    names = [p.name for p in space.free]
    slopes = np.zeros(len(names))
    for name in _names(c, set(names)):
        i = names.index(name)
        sigma = np.sqrt(V[i, i]) if V[i, i] > 0 else 0.0
        if isinstance(c, Parameter) or not sigma:
            slopes[i] = float(sigma > 0)
            continue
        h = 0.01 * sigma
        up, down = (float(evaluate(c, _moved(values, name, s))) for s in (h, -h))
        slopes[i] = (up - down) / (2 * h)
    return value, float(
        np.sqrt(max(slopes @ np.where(np.isnan(V), 0.0, V) @ slopes, 0))
    )


def vanished(objective: Any, minimum: Minimum) -> Iterator[tuple[Component, float]]:
    """Yield the components with parameters of their own whose size is zero.

    A yield or fraction of 1e-9 of all changes nothing at any number of events.
    """
    V = np.full((len(minimum.x),) * 2, np.nan)
    for component in components_of(objective):
        if component.own and not has_blind(component):
            value, _ = size_of(component, objective, minimum, V)
            whole = objective.sum_of_weights if component.kind == "yield" else 1.0
            if abs(value) <= 1e-9 * whole:
                yield component, value


def has_blind(component: Component) -> bool:
    """Return whether the size of a component must not be told."""
    return any(p.blind for c in [component.coefficient] for p in parameters_of(c))


def _moved(values: Mapping[str, Any], name: str, by: float) -> dict[str, Any]:
    return {**values, name: values[name] + by}


def _mixtures(objective: Any, prefix: str) -> Iterator[tuple[str, str, Any, Any]]:
    parts = getattr(objective, "parts", None)
    if isinstance(parts, Mapping):
        for name, part in parts.items():
            yield from _mixtures(part, f"{name}: ")
        return
    model = getattr(objective, "model", None)
    densities = getattr(model, "components", None)
    sizes = getattr(model, "component_yields", None)
    if not isinstance(densities, Mapping) or sizes is None:
        return
    kind = "yield" if getattr(model, "extended", False) else "fraction"
    for name, coefficient in sizes().items():
        yield f"{prefix}{name}", kind, coefficient, densities[name]


def _names(tree: Any, free: set[str]) -> set[str]:
    found = {p.name for scalar in scalars(tree) for p in parameters_of(scalar)}
    return found & free
