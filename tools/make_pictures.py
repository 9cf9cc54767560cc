"""Make the pictures of the documentation from the bundled studies.

    python tools/make_pictures.py [--out DIR]

Runs `dimuon-z` and `dimuon-jpsi` and copies some of their figures to docs/images.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

import likely as lk

IMAGES = Path(__file__).parents[1] / "docs" / "images"
LARGEST = 150_000  # bytes, so that a page loads at once
PICTURES = {
    "dimuon-z": {
        "fit-m_mumu.png": "dimuon-z.png",
        "profile-signal.n_right.png": "dimuon-z-profile.png",
    },
    "dimuon-jpsi": {"fit-mass.png": "dimuon-jpsi.png"},
}


def make(study: str, figures: dict[str, str], out: Path) -> None:
    """Run a study and copy the named figures of its run folder."""
    with tempfile.TemporaryDirectory() as folder:
        done = lk.studies.run(study, out=Path(folder) / study)
        if not done.ok:
            raise RuntimeError(f"{study}: {done.result.status.message}")
        for figure, picture in figures.items():
            source = done.folder / "figures" / figure
            if source.stat().st_size > LARGEST:
                raise RuntimeError(f"{figure} has more than {LARGEST} bytes.")
            shutil.copyfile(source, out / picture)
            print(out / picture)


def main() -> None:
    """Make all pictures."""
    parser = argparse.ArgumentParser(description="Make the pictures of the docs.")
    parser.add_argument("--out", type=Path, default=IMAGES)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for study, figures in PICTURES.items():
        make(study, figures, out)


if __name__ == "__main__":
    main()
