"""The trials of a search in a file, to go on from after any end of the program.

It is JSON, written anew after each trial, whole or not at all: there is no server, no
lock, and no last line that may be torn, and what chooses options is made again from it
exactly, since a choice depends on the trials only.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, final

from ...core.errors import LikelyError
from ...core.files import write_whole
from .found import Search
from .trial import Trial


@final
class Journal:
    """A file of trials.

    Args:
        file: Where it is.
        of: What the trials depend on, as JSON can hold it.
    """

    def __init__(self, file: Path, of: Mapping[str, Any]):
        text = json.dumps(of, sort_keys=True)
        self.file, self._fingerprint = file, hashlib.sha256(text.encode()).hexdigest()

    def write(self, search: Search) -> None:
        """Write all trials, whole or not at all."""
        content = {
            "fingerprint": self._fingerprint,
            "seconds": round(search.seconds, 3),
            "trials": [trial.kept() for trial in search.trials],
        }
        write_whole(self.file, json.dumps(content, allow_nan=False) + "\n")

    def read(self) -> Search | None:
        """Return the trials in the file; None where there is none.

        Raises:
            LikelyError: If they are of another search, or the file is damaged.
        """
        if not self.file.is_file():
            return None
        try:
            content = json.loads(self.file.read_text(encoding="utf-8"))
            trials = tuple(Trial.of_dict(kept) for kept in content["trials"])
            known, seconds = content["fingerprint"], float(content["seconds"])
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise LikelyError(
                f"`{self.file}` cannot be read as trials of a search ({error!r}); "
                "remove it, or run without `--resume`."
            ) from None
        if known != self._fingerprint:
            raise LikelyError(
                f"the trials in `{self.file}` are of another study, data, seed or "
                "version of likely; run without `--resume`, or in another folder."
            )
        return Search(trials, seconds)
