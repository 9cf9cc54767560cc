"""Several models that are fitted at once, sharing the parameters of one name."""

from collections.abc import Mapping
from typing import Any, final

import equinox as eqx
import numpy as np

from ..core import (
    AbstractDistribution,
    AbstractLoss,
    AbstractObjective,
    LikelyError,
    nearest,
)
from ..data import Dataset, Stream, number_in_several, number_of, values_of
from ..data.splitting import MOST


@final
class Simultaneous(eqx.Module):
    r"""Models of several categories, $-\log L = -\sum_c \log L_c$.

    Parameters are shared by name, as everywhere. The data of a fit are a mapping from
    the names of the models to data of any kind, or one dataset that `by` splits.

    Args:
        models: Density by name of its category.
        by: How one dataset is split: a column whose values, sorted, belong to the
            models in their order; or for each name a condition, such as
            `{"barrel": "abs(eta) < 1.4", "endcap": "abs(eta) >= 1.4"}`.

    Raises:
        LikelyError: If there is no model, or `by` is no such thing.
    """

    names: tuple[str, ...] = eqx.field(static=True)
    models: tuple[AbstractDistribution, ...]
    by: str | tuple[tuple[str, str], ...] | None = eqx.field(static=True)

    def __init__(
        self,
        models: Any,
        *,
        by: str | Mapping[str, str] | Any = None,
    ):
        if not isinstance(models, Mapping) or not models:
            raise LikelyError(
                "`Simultaneous(models)` takes at least one density by name, such as "
                f"`{{'barrel': ..., 'endcap': ...}}`; got {type(models).__name__}."
            )
        for name, model in models.items():
            if not isinstance(model, AbstractDistribution):
                raise LikelyError(
                    f"`Simultaneous`: model `{name}` must be a density; "
                    f"got {type(model).__name__}."
                )
        self.names, self.models = tuple(models), tuple(models.values())
        if isinstance(by, Mapping):
            if set(by) != set(models):
                raise LikelyError(
                    "`Simultaneous(by=...)` needs a condition for each of "
                    f"{list(models)}; got {list(by)}."
                )
            for name, text in by.items():
                if not isinstance(text, str):
                    raise LikelyError(
                        f"`Simultaneous(by=...)`: the condition of `{name}` must be a "
                        f"text such as `abs(eta) < 1.4`; got {text!r}."
                    )
            self.by = tuple((name, by[name]) for name in models)
        elif by is None or isinstance(by, str):
            self.by = by
        else:
            raise LikelyError(
                "`Simultaneous(by=...)` takes the name of a column, or a condition by "
                f"the name of each model; got {type(by).__name__}."
            )

    @property
    def parts(self) -> dict[str, AbstractDistribution]:
        """Return the models by name."""
        return dict(zip(self.names, self.models, strict=True))

    @property
    def extended(self) -> bool:
        """Return whether the number of events of some model is part of it."""
        return any(bool(getattr(model, "extended", False)) for model in self.models)


def objectives(
    model: Simultaneous, data: Any, losses: Mapping[str, AbstractLoss]
) -> dict[str, AbstractObjective]:
    """Return the objective of each category, by its own loss.

    Raises:
        LikelyError: If data and model of a category do not fit together.
    """
    found = {}
    for name, part in split(model, data).items():
        try:
            found[name] = losses[name].objective(model.parts[name], part)
        except LikelyError as error:
            raise LikelyError(f"category `{name}`: {error}") from None
    return found


def split(model: Simultaneous, data: Any) -> dict[str, Any]:
    """Return the data of each model by name.

    Raises:
        LikelyError: If the data have other categories than the model.
    """
    if isinstance(data, Dataset | Stream):
        conditions = _conditions(model, data)
        found = {name: data.select(text) for name, text in conditions.items()}
        # An event has one value of a column.
        if not isinstance(model.by, str):
            _check_disjoint(data, conditions)
        return found
    if not isinstance(data, Mapping):
        raise LikelyError(
            "the data of a `Simultaneous` model are a mapping from its names, "
            f"{list(model.names)}, or one Dataset or stream that `by` splits; "
            f"got {type(data).__name__}."
        )
    for name in data:
        if name not in model.names:
            raise LikelyError(
                f"the data name `{name}`, for which there is no model; "
                f"{nearest(str(name), model.names)}"
            )
    for name in model.names:
        if name not in data:
            raise LikelyError(f"the data lack the category `{name}` of the model.")
    return {name: data[name] for name in model.names}


def _conditions(model: Simultaneous, data: Dataset | Stream) -> dict[str, str]:
    """Return the condition that selects the events of each model."""
    if model.by is None:
        raise LikelyError(
            "one Dataset for a `Simultaneous` model needs `by`, the column or the "
            "conditions that split it; or give a mapping from the names of the models."
        )
    if not isinstance(model.by, str):
        return dict(model.by)
    values = values_of(data, model.by)
    if not np.isfinite(np.asarray(values, float)).all():
        raise LikelyError(
            f"`by`: the column `{model.by}` holds values that are not finite; select "
            f"them away, with `isfinite({model.by})`."
        )
    if len(values) != len(model.names):
        shown = ", ".join(f"{v:g}" for v in values[:8].astype(float))
        more = ", ..." if len(values) > 8 else ""
        # Those of a stream are not all looked for.
        number = f"over {MOST}" if len(values) > MOST else len(values)
        raise LikelyError(
            f"`by`: the column `{model.by}` has {number} values ({shown}{more}), "
            f"and there are {len(model.names)} models {list(model.names)}; one value "
            "is needed for each."
        )
    pairs = zip(model.names, values.astype(float), strict=True)
    return {name: f"{model.by} == {float(value)!r}" for name, value in pairs}


def _check_disjoint(data: Dataset | Stream, conditions: Mapping[str, str]) -> None:
    shared = number_in_several(data, list(conditions.values()))
    if shared:
        raise LikelyError(
            f"`by`: {shared} of {number_of(data)} events are in more than one "
            "category; an event must count once."
        )
