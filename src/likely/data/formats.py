"""Which format a file has, by its name."""

from pathlib import Path

from ..core.errors import LikelyError
from .csv import CsvFormat
from .format import AbstractFormat
from .hdf5 import Hdf5Format
from .idx import NAME as IDX_NAME, IdxFormat
from .npz import NpzFormat
from .parquet import ParquetFormat
from .root import RootFormat

FORMATS: dict[str, AbstractFormat] = {
    ".root": RootFormat(),
    **dict.fromkeys((".parquet", ".pq"), ParquetFormat()),
    **dict.fromkeys((".h5", ".hdf5"), Hdf5Format()),
    **dict.fromkeys((".csv", ".tsv", ".txt", ".dat"), CsvFormat()),
    ".npz": NpzFormat(),
}
_IDX = IdxFormat()


def format_of(path: Path) -> AbstractFormat:
    """Return the format of a file.

    Raises:
        LikelyError: If its ending is not one of a known format.
    """
    if IDX_NAME.fullmatch(path.name):
        return _IDX
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise LikelyError(
            f"`{path}` ends in `{suffix}`, which is no known format; known: "
            f"{', '.join(FORMATS)}, and names as train-images-idx3-ubyte.gz."
        )
    return FORMATS[suffix]
