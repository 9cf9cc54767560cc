"""Time toys (drawing, fit and Hesse errors) of likely and RooFit: a table of ratios.

    python benchmarks/toys.py --likely PYTHON --roofit PYTHON

Each side runs in processes of its own, the two in turn, on the same two cores. First it
is checked that they agree: the mean and the width of each pull within four standard
errors of both.
"""

import statistics
import sys

from sides import options_of, run, write

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


def answer_of(python: str, side: str, case: tuple) -> dict:
    """Return what one side printed of a case."""
    workload, events, ours, theirs = case
    toys = ours if side == "likely" else theirs
    given = ["--workload", workload, "--events", str(events), "--toys", str(toys)]
    return run(python, f"toys_{side}.py", given)


def check(a: dict, b: dict) -> None:
    """Stop if the pulls of the two sides differ."""
    for key, scale in (("mean", 1.0), ("width", 0.5)):
        error = (scale / a["toys"] + scale / b["toys"]) ** 0.5
        for x, y in zip(a[key], b[key], strict=True):
            if abs(x - y) > 4 * error:
                sys.exit(f"The {key} of a pull differs: {x:.3f} and {y:.3f}.")


def main() -> None:
    """Measure both sides."""
    options = options_of("toys", __doc__.splitlines()[0], SIDES)
    rows, versions = [], set()
    for case in CASES:
        times: dict[str, list[float]] = {side: [] for side in SIDES}
        answers = {}
        for _ in range(options["rounds"]):
            for side in SIDES:
                answers[side] = answer_of(options[side], side, case)
                times[side].append(answers[side]["warm_s"] / answers[side]["toys"])
                versions.add(f"{side} ({answers[side]['version']})")
        check(answers["likely"], answers["roofit"])
        ours, theirs = (1e3 * statistics.median(times[side]) for side in SIDES)
        rows.append(
            f"| {case[0]} | {case[1]:,} | {ours:.3f} | {theirs:.2f} "
            f"| {theirs / ours:.0f} | {answers['likely']['cold_s']:.1f} | {case[2]} |"
        )
        print(rows[-1], flush=True)
    write(options["out"], HEAD, rows, versions)


if __name__ == "__main__":
    main()
