"""Which parameters a study hides, and what would give them away."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..core.errors import nearest
from .plan import Blinding, Formula, Leaf, Plan
from .schema import BlindSection
from .yaml_reader import Path


def blinded(
    plan: Plan, sections: Mapping[str, str | BlindSection]
) -> tuple[Plan, list[tuple[Path, str]]]:
    """Return the plan with its hidden parameters marked, and what is wrong.

    The number of events is known, and it is the sum of the yields: the free yields
    beside a hidden one are hidden, too, by the same key. A formula of a hidden
    parameter is left out of the result.

    Args:
        plan: With its scalars in order.
        sections: The section `blind`.
    """
    faults: list[tuple[Path, str]] = []
    scalars: dict[str, Any] = dict(plan.scalars)
    wanted = dict(sections)
    for name, section in sections.items():
        scalar = scalars.get(name)
        if isinstance(scalar, Leaf) and not scalar.fixed:
            beside = _beside(plan, name)
            wanted |= {n: _key(section) for n in beside if n not in wanted}
        else:
            faults.append((("blind", name), _no_parameter(name, plan)))
    for name, section in wanted.items():
        leaf = scalars.get(name)
        if not isinstance(leaf, Leaf) or leaf.fixed:
            continue
        scale = _scale(section, leaf)
        if scale is None:
            place = name if name in sections else _cause(plan, name, sections)
            text = (
                f"needs a scale, the largest offset, as `{name}` has no two limits: "
                f"{{key: TEXT, scale: NUMBER}}"
            )
            if name not in sections:
                text = (
                    f"hides `{name}` too, a yield of the same model, which has no two "
                    f"limits; name it in `blind` with a scale"
                )
            faults.append((("blind", place), f"{text}."))
            continue
        scalars[name] = replace(leaf, blinding=Blinding(_key(section), scale))
    hidden = {name for name in wanted if isinstance(scalars.get(name), Leaf)}
    for name, scalar in scalars.items():  # a formula stands behind what it needs
        if isinstance(scalar, Formula) and hidden & set(scalar.expression.names):
            hidden.add(name)
            scalars[name] = replace(scalar, hidden=True)
    return replace(plan, scalars=scalars), faults


def _beside(plan: Plan, name: str) -> list[str]:
    """Return the free yields from which, by numbers of events, this one follows."""
    sizes = [
        plan.behind(c.size for c in model.components if c.size is not None)
        for model in plan.models
        if model.extended
    ]
    free = [leaf.name for leaf in plan.leaves if not leaf.fixed]
    found, waiting = {name: None}, [name]
    while waiting:
        known = waiting.pop()
        for together in sizes:
            if known in together:
                new = [n for n in free if n in together and n not in found]
                found |= dict.fromkeys(new)
                waiting += new
    return [n for n in found if n != name]


def _cause(plan: Plan, name: str, sections: Mapping[str, Any]) -> str:
    return next(n for n in sections if name in _beside(plan, n))


def _no_parameter(name: str, plan: Plan) -> str:
    scalar = plan.scalars.get(name)
    if isinstance(scalar, Formula):
        return "is a formula; hide the parameters that it is made of."
    if isinstance(scalar, Leaf):
        return "is fixed, and its value stands in the study; there is nothing to hide."
    free = [leaf.name for leaf in plan.leaves if not leaf.fixed]
    return f"names no parameter: `{name}`; {nearest(name, free)}"


def _key(section: str | BlindSection) -> str:
    return section if isinstance(section, str) else section.key


def _scale(section: str | BlindSection, leaf: Leaf) -> float | None:
    if isinstance(section, BlindSection) and section.scale is not None:
        return section.scale
    if leaf.min is None or leaf.max is None:
        return None
    return leaf.max - leaf.min
