"""The `result.json` of a fit that was run before, for what goes on from it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.errors import LikelyError


def result_of_fit(folder: Path, why: str) -> Mapping[str, Any]:
    """Return what a fit left in a run folder.

    Args:
        folder: Of the run.
        why: Why the fit must have converged, the end of a sentence.

    Raises:
        LikelyError: If the run is no fit, has not ended, or did not converge.
    """
    file = folder / "result.json"
    try:
        result = json.loads(file.read_text(encoding="utf-8"))
        kind, status = result["kind"], result["status"]
        ok, message = bool(status["ok"]), str(status["message"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LikelyError(
            f"`{file}` cannot be read as the result of a fit: {error}; name the folder "
            "of a run that ended."
        ) from None
    if kind != "fit":
        raise LikelyError(f"`{folder}` is a run of kind {kind}; name one of a fit.")
    if not ok:
        raise LikelyError(
            f"the fit in `{folder}` did not converge, and {why}; mend the fit first. "
            f"It says: {message}"
        )
    return result


def damaged(folder: Path) -> LikelyError:
    """Return the error of a result that lacks an entry."""
    return LikelyError(f"`{folder / 'result.json'}` is damaged; run the study again.")
