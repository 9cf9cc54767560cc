"""What a side of a comparison of two does: fit, and print times and answer."""

import argparse
import json
import time
from collections.abc import Callable, Sequence

Fitted = tuple[Sequence[float], Sequence[float]]  # values, errors


def serve(version: str, prepare: Callable[[int], Callable[[], Fitted]]) -> None:
    """Fit as often as the command line says, and print one line of JSON.

    Args:
        version: Of the library.
        prepare: Makes, for the size of the problem, a function that fits.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    fit, seconds = prepare(options.size), []
    for _ in range(1 + options.repeat):
        begin = time.perf_counter()
        values, errors = fit()
        seconds.append(time.perf_counter() - begin)
    answer = {
        "version": version,
        "cold_s": seconds[0],
        "warm_s": sorted(seconds[1:])[len(seconds[1:]) // 2],
        "values": [float(v) for v in values],
        "errors": [float(e) for e in errors],
    }
    print(json.dumps(answer))
