"""The grammar of a search for good options."""

from collections.abc import Iterator
from typing import Annotated, Any, final

from pydantic import PlainValidator

from ...core.errors import LikelyError
from ...methods.search import domain_of
from ...methods.search.course import MOST_TRIALS, SAMPLERS
from ..document import kind_of
from ..schema_parts import Seed
from ..schema_values import AbstractSection, Truth, one_of
from .schema_fit import between

_SECTIONS = ("model", "fit", "features")


def _count(value: Any) -> int:
    return between(value, 1, MOST_TRIALS)


def _sampler(value: Any) -> str:
    return one_of(value, SAMPLERS, "a way to choose options")


def _space(value: Any) -> dict[str, Any]:
    """Return a range or the choices of each option.

    `[low, high]` and `[low, high, log]` are ranges of numbers; any other list, and
    `{choices: [...]}`, holds choices.
    """
    if not isinstance(value, dict) or not value:
        raise ValueError(
            "must map options such as model.hidden to ranges or lists of choices; got "
            f"{kind_of(value)}."
        )
    value = dict(_flat(value))
    for key, domain in value.items():
        section, *rest = str(key).split(".")
        if section not in _SECTIONS or not all(rest) or not rest:
            raise ValueError(
                "must have keys of model, fit or features, such as fit.learning_rate; "
                f"got `{key}`."
            )
        try:
            domain_of(domain)
        except LikelyError as error:
            raise ValueError(f"is wrong: `{key}` {error}") from None
    return value


def _flat(nested: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield `model: {hidden: ...}` as `model.hidden: ...`."""
    for key, value in nested.items():
        if isinstance(value, dict) and set(value) != {"choices"}:
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


@final
class SearchSection(AbstractSection):
    """Trials of options, the best of which is trained and reported."""

    trials: Annotated[int, PlainValidator(_count)] = 30
    space: Annotated[dict[str, Any], PlainValidator(_space)]
    sampler: Annotated[str, PlainValidator(_sampler)] = "tpe"
    parallel: Annotated[int, PlainValidator(_count)] = 4
    prune: Truth = True
    seed: Seed | None = None
    epochs: Annotated[int, PlainValidator(_count)] | None = None
