"""The entry point: every way in which a command can end, as an exit status.

0: done; 1: the fit did not converge; 2: the study or the command is wrong;
3: an error inside likely; 130: interrupted.
"""

import os
import sys
import tempfile
import traceback
from collections.abc import Sequence

from cyclopts import CycloptsError, UnusedCliTokensError

from ..core.errors import LikelyError
from .commands import app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command of `likely` and return its exit status.

    Args:
        arguments: Words after `likely`; by default those of this process.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        status = app(words, exit_on_error=False, print_error=False)
        sys.stdout.flush()
        return status or 0
    except UnusedCliTokensError as error:
        extra = " ".join(error.unused_tokens or ())
        return _say(f"too many words: {extra}; a pattern for --data needs quotes.", 2)
    except CycloptsError as error:
        return _say(f"{' '.join(str(error).split())} See `likely --help`.", 2)
    except LikelyError as error:
        return _say(str(error), 2)
    except KeyboardInterrupt:
        return _say("interrupted.", 130)
    except BrokenPipeError:
        # The reader (`| head`) has left: nobody is there to be told.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as error:
        place = "; ".join(getattr(error, "__notes__", ())) or _keep_trace()
        reason = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        return _say(f"an error inside likely ({reason}); {place}", 3)


def _say(sentence: str, status: int) -> int:
    print(f"likely: {sentence}", file=sys.stderr)
    return status


def _keep_trace() -> str:
    """Write the trace of the current exception to a file and return where it is."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="likely-", suffix="-log.txt", delete=False, encoding="utf-8"
        ) as log:
            log.write(traceback.format_exc())
    except OSError:
        return "its trace could not be written."
    return f"the trace is in `{log.name}`."
