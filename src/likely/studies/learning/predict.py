"""Predictions of a trained model for new events, as a file."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np

from ...core import LikelyError, nearest, progress
from ...data import Dataset, Images, Inputs, format_of, locate, read, write
from ...methods import load_predictor, read_model


@final
@dataclass(frozen=True)
class Predicted:
    """What `predict` leaves.

    Args:
        out: The file that was written.
        events: Its columns.
        names: Those of them that are predictions.
        left_out: Events that the selection of the study removed.
    """

    out: Path
    events: Dataset
    names: tuple[str, ...]
    left_out: int

    def __str__(self) -> str:
        """Return the means of the predictions, and the file."""
        lines = [
            f"{name}: mean {np.mean(self.events[name]):.4g}, from "
            f"{np.min(self.events[name]):.4g} to {np.max(self.events[name]):.4g}"
            for name in self.names
        ]
        if self.left_out:
            lines.append(
                f"note: {self.left_out} events do not pass the selection of the "
                "training and are left out; `--all` keeps them."
            )
        return "\n".join([*lines, f"written: {self.out} ({len(self.events)} events)"])


def predict(
    folder: str | os.PathLike[str],
    files: Any,
    out: str | os.PathLike[str],
    *,
    tree: str | None = None,
    units: Mapping[str, str] | None = None,
    everything: bool = False,
) -> Predicted:
    """Write events with the predictions of a trained model as columns.

    The file has every column of the data, and those that the study of the training
    defines, and `p_CLASS` for each class, or the name of the target with `_predicted`;
    images are left out.

    Args:
        folder: Of a run of kind `classify` or `regress`.
        files: A file, a pattern or a list of them.
        out: The file to make or to replace, its format by its ending.
        tree: TTree, RNTuple or HDF5 group, where a file has several.
        units: Units of columns, by which they are compared with the training; those of
            the training by default.
        everything: Whether events stay that the selection of the training removes.

    Raises:
        LikelyError: If there is no such run, a column is not there or in another unit,
            has a value that the model cannot take, or the file cannot be written.
    """
    folder, out = Path(folder).expanduser(), Path(out).expanduser()
    format_of(out)  # before the work, not after it
    content = read_model(folder)
    predictor = load_predictor(folder)
    select = None if everything else content.get("select")
    first = locate(files, tree)[0]
    contents = first.format.contents(first.path, first.tree)
    given = content.get("define") or {}
    # What the files hold already is not made anew.
    define = {name: text for name, text in given.items() if name not in contents}
    with progress("reading events"):
        wanted = _columns(predictor.features, define, contents)
        data = read(files, tree=tree, columns=wanted, select=select, define=define)
    known = dict(predictor.features.units)
    data = data.with_units(_units(known, units or {}, data))
    with progress("predicting"):
        found = predictor.columns(data)
    columns: dict[str, Any] = {**data.columns, **found}
    events = Dataset.of(columns, units=data.units)
    write(events, out)
    read_here = sum(source.events_read for source in data.sources)
    return Predicted(out, events, tuple(found), read_here - len(data))


def _columns(
    features: Inputs, define: Mapping[str, str], contents: Mapping[str, str]
) -> list[str] | None:
    """Return what is read: all columns, and the images, which must be named.

    Args:
        features: Of the model.
        define: What is made of columns.
        contents: The columns of the files, each with why it cannot be read.
    """
    if not isinstance(features, Images):
        return None
    numbers = [name for name, reason in contents.items() if not reason]
    return [*numbers, *define, features.column]


def _units(
    known: Mapping[str, str], given: Mapping[str, str], data: Dataset
) -> dict[str, str]:
    if not isinstance(given, Mapping):
        raise LikelyError(
            '`units` must map columns to their units, such as {"pt": "GeV"}; got '
            f"{given!r:.80}."
        )
    for name in given:
        if name not in data.columns:
            raise LikelyError(
                f"`units` names `{name}`, which is no column of the data: "
                f"{nearest(name, data.columns)}"
            )
    return {n: u for n, u in known.items() if n in data.columns} | dict(given)
