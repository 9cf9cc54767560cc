"""What both sides of the inference benchmark have in common.

A classifier of four classes by 27 columns, three layers of 100, alone or as an ensemble
of ten. A side is a process of its own, which predicts for the events of a folder: from
the inputs of the network, scaled already, and from the columns as they are in a file,
scaling included. It predicts once (cold: with compilation, or with the making of a
session), then some times more, and prints the median and the processor's seconds.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

COLUMNS, CLASSES, HIDDEN = 27, 4, [100, 100, 100]
NAMES = [f"x{i}" for i in range(COLUMNS)]
WAYS = ("inputs", "columns")
Predict = Callable[[], np.ndarray]


def serve(
    side: str, prepare: Callable[[Path, str], Callable[[], Predict]], version: str
) -> None:
    """Run one side from the command line, and print what it measured.

    Args:
        side: Its name.
        prepare: For a folder and one of `WAYS` reads the events, not timed, and returns
            a function that makes what is called from then on; the first call counts as
            cold together with this.
        version: Of its library.
    """
    parser = argparse.ArgumentParser(description=f"inference by {side}")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    answer: dict = {"version": version}
    for way in WAYS:
        make = prepare(options.folder, way)
        begin = time.perf_counter()
        predict = make()
        found = predict()
        cold = time.perf_counter() - begin
        np.save(options.folder / f"{side}-{way}.npy", found)
        wall, processor = [], []
        for _ in range(options.repeat):
            begin, used = time.perf_counter(), time.process_time()
            predict()
            wall.append(time.perf_counter() - begin)
            processor.append(time.process_time() - used)
        answer[way] = {
            "cold_s": cold,
            "warm_s": statistics.median(wall),
            "processor_s": statistics.median(processor),
        }
    print(json.dumps(answer), flush=True)
