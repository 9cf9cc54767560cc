"""Commented studies to start from: one a kind, and some of what a fit can be."""

from importlib import resources

from ..core.errors import LikelyError, nearest
from .validation import KINDS

# Studies of kind fit, each of one thing that the template of that kind leaves out.
SPECIAL = ("simultaneous", "per-event-resolution")


def template(kind: str = "fit") -> str:
    """Return a commented study of a kind, as YAML.

    Args:
        kind: What the study is to do: a kind of study, or one of `SPECIAL`.

    Raises:
        LikelyError: If there is no such kind.
    """
    known = (*KINDS, *SPECIAL)
    if kind not in known:
        raise LikelyError(f"no kind of study `{kind[:80]}`: {nearest(kind, known)}")
    folder = resources.files("likely.studies") / "templates"
    return (folder / f"{kind}.yaml").read_text(encoding="utf-8")
