"""The studies that come with the package, and where a study is found by its name."""

import os
from importlib import resources
from pathlib import Path

from ..core.errors import LikelyError, nearest
from .document import Document, read_document, read_text, title_of

# In front of the name of a data file: it is one of those that come with the package.
BUNDLED = "bundled:"
_ENDINGS = (".yaml", ".yml")
_DATA = (".root", ".npz")


def bundled_folder() -> Path:
    """Return the folder of the bundled studies and of their data."""
    return Path(str(resources.files("likely.studies"))) / "bundled"


def bundled_data() -> list[str]:
    """Return the names of the bundled data files."""
    files = bundled_folder().iterdir()
    return sorted(file.name for file in files if file.suffix in _DATA)


def bundled_studies() -> dict[str, str]:
    """Return the title of each bundled study by its name."""
    files = sorted(bundled_folder().glob("*.yaml"))
    return {file.stem: title_of(read_text(file)) for file in files}


def bundled_text(name: str) -> str:
    """Return the YAML of a bundled study.

    Raises:
        LikelyError: If there is none of that name.
    """
    names = list(bundled_studies())
    if name not in names:
        raise LikelyError(f"no bundled study `{name[:80]}`: {nearest(name, names)}")
    return read_text(bundled_folder() / f"{name}.yaml")


def find_study(study: str | os.PathLike[str]) -> Document:
    """Return the study in a file, or the bundled one of that name.

    Raises:
        LikelyError: If there is neither, or the file is no study.
    """
    text = os.fspath(study)
    path = Path(text)
    if _exists(text):
        path = path.expanduser()
        if not path.is_dir():
            return read_document(path)
        inside = path / "study.yaml"
        hint = f"run `{inside}`" if inside.is_file() else "give a YAML file in it"
        raise LikelyError(f"`{path}` is a folder; {hint}.")
    names = list(bundled_studies())
    if text in names:
        return read_document(bundled_folder() / f"{text}.yaml")
    files = [str(f) for f in _neighbours(path) if f.suffix in _ENDINGS]
    raise LikelyError(
        f"there is no file and no bundled study `{text[:200]}`; "
        f"{nearest(text, [*files, *names])}"
    )


def _exists(text: str) -> bool:
    try:
        return bool(text) and Path(text).expanduser().exists()
    except (OSError, RuntimeError, ValueError):
        return False  # a name that the file system does not take, or an unknown ~user


def _neighbours(path: Path) -> list[Path]:
    """Return the files beside one that is not there."""
    try:
        return sorted(path.parent.iterdir())
    except (OSError, ValueError):
        return []
