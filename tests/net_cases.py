"""A small network of each kind, with a sample, for the laws of test_nets.py."""

from typing import Any, NamedTuple

import numpy as np


class Case(NamedTuple):
    """A network by name and options, the shape of a sample, and that of the output.

    The number of places of dropout is given for those that have any.
    """

    net: str
    options: dict[str, Any]
    shape: tuple[int, ...]
    output: tuple[int, ...] = (2,)
    places: int = 0


ROW = {"inputs": 3, "outputs": 2}
CONV = {"outputs": 2, "activation": "silu", "dropout": 0.2}
STEPS = {"inputs": 3, "outputs": 2, "hidden": [4]}
ITEMS = {"inputs": 3, "outputs": 2, "width": 4, "heads": 1, "blocks": 1}
CASES = {
    "mlp": Case(
        "mlp",
        ROW
        | {"hidden": [8, 8], "residual": True, "normalisation": "layer"}
        | {"dropout": 0.5},
        (3,),
        places=2,
    ),
    "linear": Case("linear", ROW, (3,)),
    "tabular": Case("tabular", ROW | {"categories": {1: 4}, "hidden": [5]}, (3,)),
    "tabular_dummy": Case(
        "tabular",
        ROW | {"categories": [[1, 4]], "encoding": "dummy", "hidden": [5]},
        (3,),
    ),
    "conv": Case(
        "conv",
        CONV | {"inputs": [9, 2], "dimensions": 1, "channels": [3], "hidden": []},
        (9, 2),
        places=1,
    ),
    "conv_residual": Case(
        "conv_residual",
        CONV | {"inputs": [9], "channels": [2, 4], "blocks": 1},
        (9,),
        places=2,
    ),
    "unet": Case(
        "unet",
        CONV | {"inputs": 1, "dimensions": 1, "channels": [2, 3]},
        (7,),
        (7, 2),
        places=3,
    ),
    "plain": Case(
        "recurrent",
        STEPS | {"cell": "plain", "summary": "steps", "dropout": 0.2},
        (5, 3),
        (5, 2),
        places=1,
    ),
    "gru": Case("recurrent", STEPS | {"bidirectional": True}, (5, 3)),
    "lstm": Case(
        "recurrent", STEPS | {"cell": "lstm", "dropout": 0.2}, (5, 3), places=1
    ),
    "attention_mean": Case(
        "attention", ITEMS | {"heads": 2, "dropout": 0.2}, (5, 3), places=3
    ),
    "attention_token": Case("attention", ITEMS | {"summary": "token"}, (5, 3)),
    "attention_items": Case("attention", ITEMS | {"summary": "items"}, (5, 3), (5, 2)),
    "boosted": Case("boosted", ROW | {"trees": 3, "nodes": 5, "levels": 2}, (3,)),
}
SEQUENCES = [name for name, case in CASES.items() if case.shape == (5, 3)]
DROPPING = [name for name, case in CASES.items() if case.places]


def sample(case: Case) -> np.ndarray:
    """Return a sample of a case; the second column of tables is of codes."""
    x = np.random.default_rng(1).normal(size=case.shape)
    if case.net == "tabular":
        x[1] = 2
    return x.astype(np.float32)
