"""Inference by onnxruntime: in batches of the size that it is fastest with here."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
from inference_protocol import COLUMNS, NAMES, Predict, serve

THREADS = 2
BATCHES = (1_024, 16_384, 131_072)


def session_of(file: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    return onnxruntime.InferenceSession(str(file), options)


def predicted(
    session: onnxruntime.InferenceSession, events: np.ndarray, batch: int
) -> np.ndarray:
    parts = [
        session.run(None, {"inputs": events[i : i + batch]})[0]
        for i in range(0, len(events), batch)
    ]
    return np.concatenate(parts)


def best_batch(file: Path, events: np.ndarray) -> int:
    session, seconds = session_of(file), {}
    for batch in BATCHES:
        some = events[: 2 * max(BATCHES)]
        times = []
        for _ in range(3):
            begin = time.perf_counter()
            predicted(session, some, batch)
            times.append(time.perf_counter() - begin)
        seconds[batch] = min(times)
    return min(BATCHES, key=lambda batch: seconds[batch])


def prepare(folder: Path, way: str) -> Callable[[], Predict]:
    file = folder / f"{way}.onnx"
    events = np.load(folder / "events.npy")
    if way == "inputs":
        events = np.load(folder / "inputs.npy")
    batch = best_batch(file, events)
    columns = [np.ascontiguousarray(events[:, i]) for i in range(COLUMNS)]

    def make() -> Predict:
        session = session_of(file)
        if way == "inputs":
            return lambda: predicted(session, events, batch)
        assert len(columns) == len(NAMES)
        return lambda: predicted(session, np.stack(columns, axis=1), batch)

    return make


if __name__ == "__main__":
    serve("onnxruntime", prepare, onnxruntime.__version__)
