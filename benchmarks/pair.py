"""Compare likely and RooFit on a fit of growing size: a table of times and ratios."""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SIDES = ("likely", "roofit")


def run(python: str, script: str, size: int, repeat: int, limit: float) -> dict | None:
    """Run one side in its own process; return what it printed, None if too slow."""
    command = [python, str(HERE / script), "--size", str(size)]
    command += ["--repeat", str(repeat)]
    environment = os.environ | {"OMP_NUM_THREADS": "2", "LIKELY_CACHE": ""}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=limit
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        sys.exit(f"{script} failed.\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def check(ours: dict, theirs: dict) -> None:
    """Stop unless values agree to a thirtieth of an error, and errors to a fiftieth.

    Errors of RooFit are from numerical derivatives.
    """
    pairs = zip(
        ours["values"], theirs["values"], ours["errors"], theirs["errors"], strict=True
    )
    for value, other, error, other_error in pairs:
        if abs(value - other) > error / 30 or abs(error - other_error) > error / 50:
            sys.exit(f"{value} ± {error} and {other} ± {other_error} differ.")


def compare(name: str, head: str, sizes: dict[int, str], repeat: int = 3) -> None:
    """Measure both sides and write the table.

    Args:
        name: Of the scripts of the sides, before `_likely.py` and `_roofit.py`.
        head: Of the page, up to the first row.
        sizes: For each size the first cells of its row.
        repeat: Warm fits in a process, of which the median counts.
    """
    parser = argparse.ArgumentParser(description=f"{name} by likely and RooFit")
    for side in SIDES:
        parser.add_argument(f"--{side}", metavar="PYTHON", required=True)
    parser.add_argument("--limit", type=float, default=900, help="seconds a process")
    parser.add_argument("--out", type=Path, default=HERE / "results" / f"{name}.md")
    options = vars(parser.parse_args())
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    limit, rows, versions = options["limit"], [], set()
    for size, cells in sizes.items():
        ours = run(options["likely"], f"{name}_likely.py", size, repeat, limit)
        theirs = run(options["roofit"], f"{name}_roofit.py", size, repeat, limit)
        if ours is None:
            sys.exit(f"likely took more than {limit} s.")
        versions.add(f"likely ({ours['version']})")
        # A process that was stopped had time for all its fits but the last.
        peer, ratio = f"> {limit / (1 + repeat):.0f}", "–"
        if theirs is not None:
            check(ours, theirs)
            versions.add(f"RooFit ({theirs['version']})")
            best = min(theirs["warm_s"], theirs["cold_s"])
            peer, ratio = f"{best:.4f}", f"{best / ours['warm_s']:.1f}"
        rows.append(
            f"| {cells} | {ours['warm_s']:.4f} | {ours['cold_s']:.1f} "
            f"| {peer} | {ratio} |"
        )
        print(rows[-1], flush=True)
    text = head + "\n".join(rows) + f"\n\n{', '.join(sorted(versions))}.\n"
    options["out"].write_text(text)
