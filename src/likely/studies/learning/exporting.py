"""A trained model of a run as a file for other programs."""

import os
from dataclasses import replace
from pathlib import Path

from ...core import LikelyError, nearest, progress
from ...export import FORMATS, Exported, export_predictor
from ...methods import load_predictor, read_model


def export(
    folder: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    *,
    to: str = "onnx",
    double: bool = False,
    columns: bool = False,
) -> Exported:
    """Write the trained model of a run, with its preprocessing, as one file.

    Definitions and the selection of the study are not part of it, since what they give
    in single precision would differ; the file names them.

    Args:
        folder: Of a run of kind `classify` or `regress`.
        out: The file to make or to replace, or a folder for `model.onnx` or
            `model.stablehlo`; by default that of the run.
        to: "onnx" or "stablehlo".
        double: Whether columns and predictions are in float64, not float32.
        columns: Whether each column is an input of its own, by its name.

    Raises:
        LikelyError: If there is no such run or format, the network cannot be exported,
            a package is missing, or the file cannot be written.
    """
    if to not in FORMATS:
        raise LikelyError(f"`to` is no `{to}`: {nearest(str(to), FORMATS)}")
    folder = Path(folder).expanduser()
    file = folder if out is None else Path(out).expanduser()
    if file.is_dir():
        file = file / f"model.{to}"
    content = read_model(folder)
    predictor = load_predictor(folder)
    define, select = content.get("define") or {}, content.get("select")
    about = {"title": content.get("title", ""), "define": define, "select": select}
    with progress(f"writing {to}"):
        done = export_predictor(
            predictor,
            file,
            to=to,
            dtype="float64" if double else "float32",
            columns=columns,
            about=about,
        )
    notes = [
        f"`{name}` is to be given as the study defines it: {define[name]}"
        for name in done.columns
        if name in define
    ]
    if select:
        notes.append(f"the study has trained with events that pass `{select}`.")
    return replace(done, notes=(*done.notes, *notes))
