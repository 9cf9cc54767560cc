"""The grammar of a search for good options."""

from typing import Annotated, Any, final

from pydantic import PlainValidator

from ..document import kind_of
from ..schema_parts import Seed
from ..schema_values import AbstractSection, Text, Truth, number, whole_number

MOST_TRIALS = 100_000


def _trials(value: Any) -> int:
    found = whole_number(value)
    if not 1 <= found <= MOST_TRIALS:
        raise ValueError(f"must be between 1 and {MOST_TRIALS}; got {found}.")
    return found


def _space(value: Any) -> dict[str, list[Any]]:
    """Return a range or the choices of each option.

    `[low, high]` and `[low, high, log]` are ranges of numbers; any other list, and one
    of lists or of texts, holds choices.
    """
    if not isinstance(value, dict) or not value:
        raise ValueError(
            "must map options such as model.hidden to ranges or lists of choices; got "
            f"{kind_of(value)}."
        )
    for key, domain in value.items():
        sections = ("model.", "fit.", "features.")
        if not isinstance(key, str) or not key.startswith(sections):
            raise ValueError(
                "must have keys of model, fit or features, such as fit.learning_rate; "
                f"got `{key}`."
            )
        if not isinstance(domain, list) or len(domain) < 2:
            raise ValueError(
                f"must give `{key}` a range [low, high] or [low, high, log], or a list "
                f"of at least two choices; got {kind_of(domain)}."
            )
        if is_range(domain) and not number(domain[0]) < number(domain[1]):
            raise ValueError(
                f"must give `{key}` a range with low < high; got {domain[:2]}."
            )
        if domain[2:] == ["log"] and number(domain[0]) <= 0:
            raise ValueError(
                f"must give `{key}` a positive range, as it is logarithmic; got "
                f"{domain[:2]}."
            )
    return value


def is_range(domain: list[Any]) -> bool:
    """Return whether a domain is a range of numbers, and not a list of choices."""
    ends = [isinstance(d, int | float) and not isinstance(d, bool) for d in domain[:2]]
    return all(ends) and (len(domain) == 2 or domain[2:] == ["log"])


@final
class SearchSection(AbstractSection):
    """Trials of options, the best of which is trained and reported."""

    trials: Annotated[int, PlainValidator(_trials)] = 30
    space: Annotated[dict[str, list[Any]], PlainValidator(_space)]
    prune: Truth = True
    seed: Seed | None = None
    epochs: Annotated[int, PlainValidator(_trials)] | None = None
    storage: Text | None = None
