"""Make the pictures of a tutorial by the code that it shows.

    python tools/make_tutorial_pictures.py [--page PAGE] [--out DIR]

Runs the Python blocks of the page in an empty folder, one behind the other, and keeps
each picture that they saved and the page shows, with few colours.
"""

import argparse
import contextlib
import io
import re
import runpy
import tempfile
from pathlib import Path

from PIL import Image

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "tutorials" / "from-linear-regression-to-a-deep-network.md"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.M | re.S)
SHOWN = re.compile(r"\]\(\.\./images/([\w.-]+\.png)\)")
LARGEST = 80_000  # bytes, so that a page loads at once
COLOURS = 64


def drawn(page: str, folder: Path) -> None:
    """Run the blocks of a page in a folder."""
    script = folder / "page.py"
    script.write_text("\n\n".join(BLOCK.findall(page)))
    with contextlib.chdir(folder):
        runpy.run_path(str(script))


def small(picture: Path) -> bytes:
    """Return a picture with few colours."""
    with Image.open(picture) as whole, io.BytesIO() as buffer:
        few = whole.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(buffer, format="png", optimize=True)
        return buffer.getvalue()


def main() -> None:
    """Make the pictures of one page."""
    parser = argparse.ArgumentParser(description="Make the pictures of a tutorial.")
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--out", type=Path, default=DOCS / "images")
    given = parser.parse_args()
    page = given.page.read_text()
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        drawn(page, Path(folder))
        for name in SHOWN.findall(page):
            content = small(Path(folder) / name)
            if len(content) > LARGEST:
                raise RuntimeError(f"{name} would have {len(content)} bytes.")
            (given.out / name).write_bytes(content)
            print(f"{given.out / name}: {len(content)} bytes")


if __name__ == "__main__":
    main()
