"""Functions that workers import: what they are given by name they find by name."""

import os
import signal
import time
from pathlib import Path


def bowl(options):
    """The square of the distance from (0.3, "b")."""
    return (options["x"] - 0.3) ** 2 + (options["kind"] != "b")


def slow_bowl(options):
    """The same, in times that put the ends of trials out of order."""
    time.sleep(0.3 * options["x"])
    return bowl(options)


class MortalBowl:
    """The same, in a process that is killed in one of the trials, once."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, options):
        time.sleep(0.1)
        mark = Path(self.folder) / "killed"
        if 0.4 < options["x"] < 0.7 and not mark.exists():
            mark.write_text(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGKILL)
        return bowl(options)


class FatalBowl:
    """The same, in a process that is killed whenever it makes one of the trials."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, options):
        if 0.4 < options["x"] < 0.5:
            os.kill(os.getpid(), signal.SIGKILL)
        return bowl(options)
