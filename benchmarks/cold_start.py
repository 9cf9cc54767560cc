"""Time `likely run dimuon-z` from the shell, without and with compiled programs.

    python benchmarks/cold_start.py [--study NAME] [--rounds N]

Each round takes a new, empty folder for the compilation cache (`LIKELY_CACHE`): the
first run fills it, which is what a user meets on a new machine, the second finds it
filled. Python's own byte code and the files of the libraries are in the disk's cache in
both cases, after one `likely --help` that is timed as well.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIKELY = Path(sys.executable).with_name("likely")


def timed(arguments: list[str], cache: str) -> float:
    """Return the wall time of one command, in seconds."""
    environment = os.environ | {"LIKELY_CACHE": cache}
    start = time.perf_counter()
    done = subprocess.run(
        [str(LIKELY), *arguments], env=environment, capture_output=True, text=True
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"`likely {' '.join(arguments)}` failed.\n{done.stderr[-3000:]}")
    return seconds


def main() -> None:
    """Measure help, first runs and second runs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--study", default="dimuon-z")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    times: dict[str, list[float]] = {"--help": [], "empty cache": [], "warm cache": []}
    timed(["--help"], "")
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            times["--help"].append(timed(["--help"], ""))
            for number, what in enumerate(("empty cache", "warm cache")):
                out = str(Path(folder) / f"run-{number}")
                run = ["run", options.study, "--out", out, "--quiet"]
                times[what].append(timed(run, str(Path(folder) / "cache")))
    for what, seconds in times.items():
        told = ", ".join(f"{second:.2f}" for second in seconds)
        print(f"{what}: median {statistics.median(seconds):.2f} s of {told}")


if __name__ == "__main__":
    main()
