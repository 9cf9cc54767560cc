"""Make the pictures of the documentation from the bundled studies.

    python tools/make_pictures.py [--out DIR]

Runs `dimuon-z` and `dimuon-jpsi`, and draws one profile of the first.
"""

import argparse
import tempfile
from pathlib import Path

import likely as lk

IMAGES = Path(__file__).parents[1] / "docs" / "images"
LARGEST = 150_000  # bytes, so that a page loads at once


def keep(picture: bytes, path: Path) -> None:
    """Write a picture that is small enough."""
    if len(picture) > LARGEST:
        raise RuntimeError(f"{path} would have {len(picture)} bytes.")
    path.write_bytes(picture)
    print(path)


def fitted(study: str, figure: str, path: Path) -> lk.Result:
    """Run a study, keep a figure of its run folder, and return the result."""
    with tempfile.TemporaryDirectory() as folder:
        done = lk.studies.run(study, out=folder)
        if not done.ok:
            raise RuntimeError(f"{study}: {done.result.status.message}")
        keep((done.folder / "figures" / figure).read_bytes(), path)
    return done.result


def main() -> None:
    """Make all pictures."""
    parser = argparse.ArgumentParser(description="Make the pictures of the docs.")
    parser.add_argument("--out", type=Path, default=IMAGES)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    fitted("dimuon-jpsi", "fit-mass.png", out / "dimuon-jpsi.png")
    z = fitted("dimuon-z", "fit-m_mumu.png", out / "dimuon-z.png")
    curve = lk.profile(z, "signal.n_right", points=9)
    figure = lk.report.plot_profile(z, curve)
    keep(lk.report.image(figure, "png"), out / "dimuon-z-profile.png")


if __name__ == "__main__":
    main()
