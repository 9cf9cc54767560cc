"""A trained predictor as a file for other programs."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, final

import jax
import numpy as np

from ..core import LikelyError, nearest, write_whole
from ..data import Labels
from ..fit.losses import Quantile
from ..methods import Predictor
from .onnx_file import export_onnx
from .raw_columns import by_column, raw_function, raw_shape, scales
from .signature import called
from .stablehlo import export_stablehlo

FORMATS = ("onnx", "stablehlo")
# A loss of digits in units of a column's spread that is worth a word.
_TELLING = 1e-4


@final
@dataclass(frozen=True)
class Exported:
    """What `export_predictor` leaves.

    Args:
        file: Which was written.
        columns: What it takes, in this order.
        predictions: What it gives.
        notes: What to know before it is used.
    """

    file: Path
    columns: tuple[str, ...]
    predictions: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return what the file takes and gives, and where it is."""
        lines = [
            f"takes: {', '.join(self.columns)}",
            f"gives: {', '.join(self.predictions)}",
            *(f"note: {note}" for note in self.notes),
            f"written: {self.file} ({self.file.stat().st_size / 1e6:.2g} MB)",
        ]
        return "\n".join(lines)


def export_predictor(
    predictor: Predictor,
    file: str | os.PathLike[str],
    *,
    to: str = "onnx",
    dtype: str = "float32",
    columns: bool = False,
    about: Mapping[str, Any] | None = None,
) -> Exported:
    """Write a predictor, with all that it does to columns, as a file.

    The input `inputs` is (events, columns), as they are in the data, in the order of
    `predictor.features.columns`, or the images; the output `predictions` is what the
    predictor returns. An event that it would refuse has `nan`.

    Args:
        predictor: Trained.
        file: The file to make or to replace.
        to: "onnx", or "stablehlo", which has a file `FILE.json` beside it for what
            ONNX keeps in the file: columns, units, classes, `about`.
        dtype: Of inputs and predictions: "float32", or "float64" for columns whose
            digits that cannot hold. The network computes in its own type.
        columns: Whether each column is an input of its own, by its name.
        about: What else the file is to say: anything that JSON can hold.

    Raises:
        LikelyError: If an argument is not as described, the network cannot be
            exported, the package onnx is missing, or the file cannot be written.
    """
    if to not in FORMATS:
        raise LikelyError(f"`to` is no `{to}`: {nearest(str(to), FORMATS)}")
    function = (by_column if columns else raw_function)(predictor, dtype=dtype)
    names, size = predictor.features.columns, raw_shape(predictor.features)
    example: Any = jax.ShapeDtypeStruct(size, np.dtype(dtype))
    if columns:
        # A number for each column, or one image.
        alone = jax.ShapeDtypeStruct(size if len(size) > 1 else (), np.dtype(dtype))
        example = dict.fromkeys(names, alone)
    shape = called(lambda: jax.eval_shape(function, example)).shape
    predictions = _predictions(predictor, shape[0] if shape else 1)
    told = _description(predictor, predictions) | dict(about or {})
    file = Path(file)
    if to == "onnx":
        texts = {key: json.dumps(value) for key, value in told.items()}
        export_onnx(function, example, file, metadata=texts)
    else:
        export_stablehlo(function, example, file)
        beside = file.with_name(file.name + ".json")
        write_whole(beside, json.dumps(told, indent=2) + "\n")
    return Exported(file, names, predictions, _notes(predictor, dtype))


def _description(predictor: Predictor, predictions: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "columns": list(predictor.features.columns),
        "units": dict(predictor.features.units),
        "predictions": list(predictions),
    }
    if isinstance(predictor.target, Labels):
        found["classes"] = list(predictor.target.classes)
    else:
        found["target"] = predictor.target.column
        found["target_unit"] = predictor.target.unit
    return found | {"likely": version("likely")}


def _predictions(predictor: Predictor, size: int) -> tuple[str, ...]:
    """Return the names that `Predictor.columns` has for the predictions."""
    target = predictor.target
    if isinstance(target, Labels):
        return tuple(f"p_{name}" for name in target.classes)
    if isinstance(predictor.loss, Quantile):
        return tuple(f"{target.column}_q{level:g}" for level in predictor.loss.levels)
    return tuple(f"{target.column}_{end}" for end in ("predicted", "sigma"))[:size]


def _notes(predictor: Predictor, dtype: str) -> tuple[str, ...]:
    """Return for which columns float32 has too few digits."""
    half = np.finfo(dtype).eps / 2
    lost = {
        name: half * abs(centre) / scale
        for name, (centre, scale) in scales(predictor).items()
    }
    few = [name for name, part in lost.items() if part > _TELLING]
    if not few:
        return ()
    plural = "s" if len(few) > 1 else ""
    names = ", ".join(f"`{name}`" for name in few)
    return (
        f"in {dtype} the column{plural} {names} can be off by "
        f"{max(lost.values()):.1g} of the spread; float64 holds more digits.",
    )
