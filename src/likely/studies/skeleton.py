"""Commented studies to start from, one a kind."""

from importlib import resources

from ..core.errors import LikelyError, nearest
from .validation import KINDS


def template(kind: str = "fit") -> str:
    """Return a commented study of a kind, as YAML.

    Args:
        kind: What the study is to do.

    Raises:
        LikelyError: If there is no such kind.
    """
    if kind not in KINDS:
        raise LikelyError(f"no kind of study `{kind[:80]}`: {nearest(kind, KINDS)}")
    folder = resources.files("likely.studies") / "templates"
    return (folder / f"{kind}.yaml").read_text(encoding="utf-8")
