"""The entry point: every way in which a command can end, as an exit status.

0: done; 1: the fit did not converge; 2: the study or the command is wrong;
3: an error inside likely; 130: interrupted.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command of `likely` and return its exit status.

    Args:
        arguments: Words after `likely`; by default those of this process.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        with _interruptible():
            status = _dispatch(words)
            sys.stdout.flush()
            return status
    except KeyboardInterrupt:
        _say("interrupted.", 130)
        if arguments is None:
            # XLA's threads can crash the teardown of a process that was interrupted
            # while they compiled; everything there was to clean up is.
            os._exit(130)
        return 130
    except BrokenPipeError:
        # The reader (`| head`) has left: nobody is there to be told.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as error:
        place = "; ".join(getattr(error, "__notes__", ())) or _keep_trace()
        reason = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        return _say(f"an error inside likely ({reason}); {place}", 3)


def _dispatch(words: list[str]) -> int:
    # Imported here, so that an interrupt meanwhile ends like any other.
    from cyclopts import CycloptsError, UnusedCliTokensError

    from ..core.errors import LikelyError
    from .commands import app

    try:
        return app(words, exit_on_error=False, print_error=False) or 0
    except UnusedCliTokensError as error:
        extra = " ".join(error.unused_tokens or ())
        return _say(f"too many words: {extra}; a pattern for --data needs quotes.", 2)
    except CycloptsError as error:
        return _say(f"{' '.join(str(error).split())} See `likely --help`.", 2)
    except LikelyError as error:
        return _say(str(error), 2)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Repeat an interrupt that arrives where Python can only ignore it.

    JAX runs a callback in garbage collections; an exception there is printed and
    forgotten, and the run would go on.
    """
    import _thread
    import threading

    before = sys.unraisablehook

    def hook(unraisable: Any) -> None:
        if unraisable.exc_type is KeyboardInterrupt:
            # Not now: this hook runs inside the callback.
            again = threading.Timer(0.05, _thread.interrupt_main)
            again.daemon = True
            again.start()
        else:
            before(unraisable)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before


def _say(sentence: str, status: int) -> int:
    print(f"likely: {sentence}", file=sys.stderr)
    return status


def _keep_trace() -> str:
    """Write the trace of the current exception to a file and return where it is."""
    import tempfile
    import traceback

    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="likely-", suffix="-log.txt", delete=False, encoding="utf-8"
        ) as log:
            log.write(traceback.format_exc())
    except OSError:
        return "its trace could not be written."
    return f"the trace is in `{log.name}`."
