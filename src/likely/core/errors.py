"""The one error type a user meets, and the search for what they meant."""

from collections.abc import Iterable
from difflib import get_close_matches


class LikelyError(ValueError):
    """A wrong input: one sentence that names the argument, the rule and the remedy."""


def nearest(name: str, options: Iterable[str], count: int = 3) -> str:
    """Return the `options` closest to `name`, or all of a short list, as text.

    Args:
        name: What the user wrote.
        options: What would have been valid.
        count: How many suggestions at most.
    """
    options = [str(option) for option in options]
    if not options:
        return "there is none to choose from"
    close = get_close_matches(str(name), options, n=count, cutoff=0.5)
    if close:
        return "did you mean " + " or ".join(f"`{option}`" for option in close) + "?"
    shown = ", ".join(f"`{option}`" for option in options[:12])
    more = f", ... ({len(options)} in all)" if len(options) > 12 else ""
    return f"valid: {shown}{more}"
