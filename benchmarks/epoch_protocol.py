"""What one epoch is: the events, the network, the minimiser, for every side."""

import json
import sys
import time

import numpy as np

EVENTS, FEATURES, CLASSES = 100_000, 27, 4
HIDDEN, BATCH, RATE, EPOCHS = (100, 100, 100), 256, 1e-3, 6


def events():
    """Return inputs and classes: the largest of four noisy linear combinations."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(EVENTS, FEATURES)).astype(np.float32)
    scores = x @ rng.normal(size=(FEATURES, CLASSES))
    return x, (scores + rng.gumbel(size=scores.shape)).argmax(axis=1)


def tell(version: str, seconds: list[float], loss: float, ready: float) -> None:
    """Print what a side measured, as its last line.

    Args:
        version: Of its library.
        seconds: Of each epoch.
        loss: Mean cross-entropy of the last epoch, while the weights moved.
        ready: Seconds from the first call to the end of the first epoch.
    """
    found = {
        "version": version,
        "epoch_s": float(np.median(seconds[1:])),
        "first_s": ready,
        "loss": loss,
    }
    sys.stdout.write(json.dumps(found) + "\n")


def clock() -> float:
    """Return the time in seconds."""
    return time.perf_counter()
