"""Time the `massfit` of likely and of its peers, and write a table of ratios.

    python benchmarks/massfit.py --likely PYTHON --roofit PYTHON ...

Each side is named with a Python interpreter where its library is; `run.sh` makes them.
All sides get the same events of a fixed seed, and the same two cores. They run in turn,
in processes of their own, for several rounds, each round in another order. First it is
checked that they reached the same minimum: ours must be the deepest within 1e-6, and
the peers within the tolerance at which Minuit stops.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
OURS = "likely"
SIDES = (OURS, "roofit", "zfit", "iminuit")
REPEATS = {1_000: 20, 10_000: 20, 100_000: 10, 1_000_000: 3}
DEEPEST = 1e-6  # in -log L
MINUIT = (
    1e-2  # in -log L: Minuit stops at an estimated distance of 1e-3, and may be off
)


def events(n: int) -> np.ndarray:
    """Return n events: 0.3 Gauss(5.28, 0.06) + 0.7 exp(-m) on [5, 7]."""
    rng = np.random.default_rng(n)
    signal = rng.normal(5.28, 0.06, rng.binomial(n, 0.3))
    rest = rng.random(n - len(signal))
    m = np.concatenate([signal, 5 - np.log1p(-rest * -np.expm1(-2))])
    return rng.permutation(m[(m > 5) & (m < 7)])


def run(python: str, side: str, data: Path, repeat: int) -> dict:
    """Run one side in a process of its own, and return what it printed."""
    script = HERE / f"massfit_{side}.py"
    command = [python, str(script), "--data", str(data), "--repeat", str(repeat)]
    limits = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
    # No side may find on disk what an earlier process has compiled.
    environment = os.environ | dict.fromkeys(limits, "2") | {"LIKELY_CACHE": ""}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"The side `{side}` failed.\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def measure(pythons: dict[str, str], n: int, rounds: int, folder: Path) -> list[dict]:
    """Return one answer a side, with the warm times of all rounds together."""
    data = folder / f"massfit-{n}.npy"
    np.save(data, events(n))
    answers: dict[str, dict] = {}
    sides = list(pythons)
    for turn in range(rounds):
        for side in sides[turn % len(sides) :] + sides[: turn % len(sides)]:
            print(f"  N = {n}, round {turn + 1} of {rounds}: {side}", flush=True)
            answer = run(pythons[side], side, data, REPEATS.get(n, 3))
            earlier = answers.setdefault(side, answer | {"warm_s": [], "colds_s": []})
            earlier["warm_s"] += answer["warm_s"]
            earlier["colds_s"].append(answer["cold_s"])
    return [answers[side] | {"key": side} for side in sides]


def check(answers: list[dict]) -> None:
    """Stop if the sides did not reach the same minimum."""
    deepest = min(answer["min_nll"] for answer in answers)
    for answer in answers:
        above = answer["min_nll"] - deepest
        if above > (DEEPEST if answer["key"] == OURS else MINUIT):
            sys.exit(f"{answer['side']} stopped {above:.2g} above the deepest minimum.")


def table(answers: list[dict]) -> list[str]:
    """Return the rows of one number of events."""
    deepest = min(answer["min_nll"] for answer in answers)
    medians = {a["key"]: statistics.median(a["warm_s"]) for a in answers}
    best = min(answers, key=lambda answer: answer["min_nll"])
    rows = []
    for a in answers:
        away = max(
            abs(a["values"][p] - v) / best["errors"][p]
            for p, v in best["values"].items()
        )
        error = max(abs(a["errors"][p] / e - 1) for p, e in best["errors"].items())
        ratio = f"{medians[a['key']] / medians[OURS]:.1f}" if OURS in medians else "-"
        rows.append(
            f"| {a['n']:,} | {a['side']} | {1e3 * medians[a['key']]:.2f} "
            f"| {1e3 * min(a['warm_s']):.2f} | {ratio} "
            f"| {statistics.median(a['colds_s']):.2f} | {a['min_nll'] - deepest:.1e} "
            f"| {away:.1e} | {error:.1e} |"
        )
    return rows


def processor() -> str:
    """Return the name of the processor."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [
        line.split(":", 1)[1].strip() for line in lines if line[:10] == "model name"
    ]
    return names[0] if names else platform.processor()


HEAD = """\
# massfit: one unbinned fit and its Hesse errors

Written by `benchmarks/massfit.py` (`make bench`); `protocol.py` says what is fitted.

- warm, least: median and least wall time of one warm fit, from the same start values.
- ratio: the median over ours.
- cold: the first fit of a process, compilation included.
- above: how far the minimum of -log L lies above the deepest one of all sides.
- values: how far the values lie from those of the deepest, the largest, in errors.
- errors: how much the errors differ from those of the deepest, the largest, relative.

| events | side | warm, ms | least, ms | ratio | cold, s | above | values | errors |
|---:|---|---:|---:|---:|---:|---:|---:|---:|
"""


def main() -> None:
    """Measure all sides that are given."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for side in SIDES:
        parser.add_argument(
            f"--{side}", metavar="PYTHON", help="interpreter of the side"
        )
    parser.add_argument("--events", type=int, nargs="*", default=list(REPEATS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "massfit.md")
    options = vars(parser.parse_args())
    pythons = {side: options[side] for side in SIDES if options[side]}
    cores = sorted(os.sched_getaffinity(0))[:2]
    os.sched_setaffinity(0, cores)  # the sides inherit it: two cores for everybody
    rows, versions = [], {}
    with tempfile.TemporaryDirectory() as folder:
        for n in options["events"]:
            answers = measure(pythons, n, options["rounds"], Path(folder))
            check(answers)
            rows += table(answers)
            versions |= {k: v for a in answers for k, v in a["versions"].items()}
    told = ", ".join(f"{name} {version}" for name, version in versions.items())
    where = f"{processor()}, {len(cores)} cores, {options['rounds']} rounds in turn."
    text = HEAD + "\n".join(rows) + f"\n\n{where}\n{told}.\n"
    options["out"].parent.mkdir(parents=True, exist_ok=True)
    options["out"].write_text(text)
    print(text)


if __name__ == "__main__":
    main()
