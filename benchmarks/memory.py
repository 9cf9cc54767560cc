"""Measure the peak resident memory of the `massfit` with ten million events.

    python benchmarks/memory.py [--events N]

The fit runs in a fresh process, which loads the events from a file; `ru_maxrss` of that
process is its peak. Shown are the peak of the same process with a thousand events (the
interpreter, the libraries and the compiled programs: the baseline), the peak with all
events, and what the second is above the size of the events themselves (8 bytes each).
"""

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from massfit import events

MB = 1e6


def child(path: str) -> None:
    """Fit the events of a file, and print the peak in bytes."""
    import massfit_likely

    values, errors = massfit_likely.fit(massfit_likely.prepare(np.load(path)))
    if abs(values["mu"] - 5.28) > 6 * errors["mu"]:
        sys.exit(f"The fit went astray: {values}.")
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)


def peak(path: Path) -> int:
    """Return the peak of a fresh process, in bytes."""
    command = [sys.executable, __file__, "--child", str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    return int(done.stdout.splitlines()[-1])


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child)
        return
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small.npy", Path(folder) / "large.npy"
        np.save(small, events(1000))
        np.save(large, events(options.events))
        baseline, highest = peak(small), peak(large)
    size = 8 * options.events
    print(f"events: {options.events}, their size {size / MB:.0f} MB")
    print(f"peak with 1000 events (the baseline): {baseline / MB:.0f} MB")
    print(f"peak with all events: {highest / MB:.0f} MB")
    print(f"peak above the size of the events: {(highest - size) / MB:.0f} MB")
    print(f"peak above both: {(highest - size - baseline) / MB:.0f} MB")


if __name__ == "__main__":
    main()
