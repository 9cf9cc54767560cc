"""Time toys (drawing, fit and Hesse errors) of likely and RooFit: a table of ratios.

    python benchmarks/toys.py --likely PYTHON --roofit PYTHON

Each side runs in processes of its own, the two in turn, on the same two cores. First it
is checked that they agree: the mean and the width of each pull within four standard
errors of both.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SIDES = ("likely", "roofit")
# Workload, events a toy, toys of likely and of RooFit.
CASES = (
    ("massfit", 1_000, 2048, 300),
    ("massfit", 10_000, 512, 60),
    ("massfit", 100_000, 64, 12),
    ("zfit-664", 2_000, 1000, 300),
)

HEAD = """\
# Toys: draw, fit and Hesse errors

Written by `benchmarks/toys.py` (`make bench`); `toys_protocol.py` says what is fitted.
Time is that of one toy; cold is that of all toys of a first call, compilation included.

| workload | events | likely, ms | RooFit, ms | ratio | likely, cold, s | toys |
|---|---:|---:|---:|---:|---:|---:|
"""


def run(python: str, side: str, case: tuple) -> dict:
    """Run one side in a process of its own, and return what it printed."""
    workload, events, ours, theirs = case
    toys = ours if side == "likely" else theirs
    command = [python, str(HERE / f"toys_{side}.py"), "--workload", workload]
    command += ["--events", str(events), "--toys", str(toys)]
    environment = os.environ | {"OMP_NUM_THREADS": "2", "LIKELY_CACHE": ""}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"The side `{side}` failed.\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def check(a: dict, b: dict) -> None:
    """Stop if the pulls of the two sides differ."""
    for key, scale in (("mean", 1.0), ("width", 0.5)):
        error = (scale / a["toys"] + scale / b["toys"]) ** 0.5
        for x, y in zip(a[key], b[key], strict=True):
            if abs(x - y) > 4 * error:
                sys.exit(f"The {key} of a pull differs: {x:.3f} and {y:.3f}.")


def main() -> None:
    """Measure both sides."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for side in SIDES:
        parser.add_argument(f"--{side}", metavar="PYTHON", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "toys.md")
    options = vars(parser.parse_args())
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    rows, versions = [], set()
    for case in CASES:
        times: dict[str, list[float]] = {side: [] for side in SIDES}
        answers = {}
        for _ in range(options["rounds"]):
            for side in SIDES:
                answers[side] = run(options[side], side, case)
                times[side].append(answers[side]["warm_s"] / answers[side]["toys"])
                versions.add(f"{side} ({answers[side]['version']})")
        check(answers["likely"], answers["roofit"])
        ours, theirs = (1e3 * statistics.median(times[side]) for side in SIDES)
        rows.append(
            f"| {case[0]} | {case[1]:,} | {ours:.3f} | {theirs:.2f} "
            f"| {theirs / ours:.0f} | {answers['likely']['cold_s']:.1f} | {case[2]} |"
        )
        print(rows[-1], flush=True)
    options["out"].parent.mkdir(parents=True, exist_ok=True)
    options["out"].write_text(
        HEAD + "\n".join(rows) + f"\n\n{', '.join(sorted(versions))}.\n"
    )


if __name__ == "__main__":
    main()
