"""The back door: a dataset to a file."""

import os
from pathlib import Path

from ..core.errors import LikelyError
from .dataset import Dataset
from .formats import format_of

WEIGHT = "weight"  # the column that weights are written to


def write(
    dataset: Dataset, path: str | os.PathLike[str], *, tree: str | None = None
) -> None:
    """Write the events to ROOT, Parquet, HDF5, CSV or NPZ, by the ending of `path`.

    Weights become a column `weight`; units are not written. Arrays of events, such as
    images, go to all formats but CSV. A run killed meanwhile
    leaves the file that was there before, or none.

    Args:
        dataset: The events.
        path: The file to make or to replace.
        tree: Name of the TTree, "events" by default, or of the HDF5 group.

    Raises:
        LikelyError: If the format is unknown or the file cannot be written.
    """
    columns = {**dataset.columns, **dataset.arrays}
    if dataset.weights is not None:
        if WEIGHT in columns:
            raise LikelyError(
                f"the weights are written to a column `{WEIGHT}`, but there is one "
                "already; define it under another name."
            )
        columns[WEIGHT] = dataset.weights
    path = Path(path).expanduser()
    format_of(path).write(path, tree, columns)
