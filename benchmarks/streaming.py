"""Fit more events than one would hold in memory, and measure the resident memory.

    python benchmarks/streaming.py [--events N ...]

A Parquet file of Gauss + exponential events (one column of float64 and one to select
by, row groups of a million) is made in a temporary folder. Each fit runs in a fresh
process that opens the file with `lk.stream`; `ru_maxrss` of that process is its peak.
The model is extended, with five parameters; errors are those of the exact Hessian. The
second fit of a process, with everything compiled, is timed.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
from massfit import processor

HERE = Path(__file__).parent
GROUP = 1_000_000
CUT = "quality > 0.2"
MB = 1e6


def make(path: Path, n: int) -> None:
    """Write n events, a row group at a time."""
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    rng = np.random.default_rng(n)
    schema = arrow.schema([("m", arrow.float64()), ("quality", arrow.float64())])
    with parquet.ParquetWriter(path, schema) as file:
        for begin in range(0, n, GROUP):
            count = min(GROUP, n - begin)
            signal = rng.normal(5.28, 0.06, rng.binomial(count, 0.3))
            rest = 5 - np.log1p(rng.random(count - len(signal)) * np.expm1(-2))
            m = rng.permutation(np.concatenate([signal, rest]))
            columns = {"m": m, "quality": rng.random(count)}
            file.write_table(arrow.table(columns, schema), row_group_size=GROUP)


def child(path: str, select: str) -> None:
    """Fit the events of a file twice, and print what was measured."""
    import likely as lk

    m = lk.Observable("m", 5, 7)
    shapes = lk.distributions
    model = shapes.Sum(
        {
            "signal": shapes.Gauss(
                m, lk.Parameter("mu", 5.3, 5, 6), lk.Parameter("sigma", 0.05, 0.005, 1)
            ),
            "background": shapes.Exponential(m, lk.Parameter("slope", -0.5, -10, 10)),
        },
        yields=[lk.Parameter("ns", 1e6, 0, 1e9), lk.Parameter("nb", 1e6, 0, 1e9)],
    )
    events = lk.stream(path, select=select or None)
    times = []
    for _ in range(2):
        begin = time.perf_counter()
        result = lk.fit(model, events)
        times.append(time.perf_counter() - begin)
    begin = time.perf_counter()
    result.objective.derivatives(result.free_values)
    once = time.perf_counter() - begin
    if not result.ok or abs(result["mu"].value - 5.28) > 5 * result.errors["mu"]:
        sys.exit(f"The fit went astray.\n{result}")
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    answer = {
        "used": result.n_events,
        "cold": times[0],
        "warm": times[1],
        "once": once,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit,
    }
    print(json.dumps(answer))


def measure(path: Path, select: str) -> dict:
    """Return what a fresh process measured."""
    command = [sys.executable, __file__, "--child", str(path), "--select", select]
    # Nothing may be found on disk that an earlier process has compiled.
    environment = os.environ | {"LIKELY_CACHE": ""}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    return json.loads(done.stdout.splitlines()[-1])


HEAD = """\
# Streaming: a fit to events that stay in a Parquet file

Written by `benchmarks/streaming.py`, which says what is fitted.

- used: events that the selection keeps and that are in range.
- fit: wall time of the second fit of the process, with its Hesse errors; the first one
  compiles as well (cold).
- one pass: reading all events and their value, gradient and exact Hessian.
- peak: resident memory of the process, the interpreter and its libraries included.

| events | selection | used | cold, s | fit, s | one pass, s | events/s | peak, MB |
|---:|---|---:|---:|---:|---:|---:|---:|
"""


def main() -> None:
    """Measure all sizes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--events", type=int, nargs="*", default=[1_000, 25_000_000, 50_000_000]
    )
    parser.add_argument("--out", type=Path, default=HERE / "results" / "streaming.md")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--select", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.select)
        return
    cores = sorted(os.sched_getaffinity(0))[:2]
    os.sched_setaffinity(0, cores)  # the children inherit it
    rows = []
    for n in options.events:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "events.parquet"
            make(path, n)
            for select in ("", CUT) if n > GROUP else ("",):
                a = measure(path, select)
                rows.append(
                    f"| {n:,} | {f'`{select}`' if select else '-'} | {a['used']:,} "
                    f"| {a['cold']:.1f} | {a['warm']:.1f} | {a['once']:.2f} "
                    f"| {n / a['once']:.2g} | {a['peak'] / MB:.0f} |"
                )
                print(rows[-1], flush=True)
    names = ("likely", "jax", "pyarrow")
    told = ", ".join(f"{name} {version(name)}" for name in names)
    where = f"{processor() or platform.processor()}, {len(cores)} cores."
    text = HEAD + "\n".join(rows) + f"\n\n{where}\n{told}.\n"
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
