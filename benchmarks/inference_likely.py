"""Inference by likely: `predictions_of` the inputs, and a `Predictor` of columns."""

from collections.abc import Callable
from pathlib import Path

import jax
import numpy as np
from inference_protocol import NAMES, Predict, serve

import likely as lk
from likely.methods import load_predictor, predictions_of


def prepare(folder: Path, way: str) -> Callable[[], Predict]:
    events = np.load(folder / "events.npy")
    predictor = load_predictor(folder)
    if way == "columns":
        columns = {n: np.ascontiguousarray(events[:, i]) for i, n in enumerate(NAMES)}
        data = lk.Dataset.of(columns)
        return lambda: lambda: predictor(data)
    inputs = predictor.features.encode(events).astype(np.float32)
    model, loss = predictor.model, predictor.loss
    return lambda: lambda: predictions_of(model, loss, inputs).mean(axis=0)


if __name__ == "__main__":
    serve("likely", prepare, f"jax {jax.__version__}")
