"""Write the handwritten digits bundled with the study `digits`.

    python tools/make_digits.py [--out DIR]     # or: make sample

The 1797 images are those of `sklearn.datasets.load_digits`: the test part of "Optical
Recognition of Handwritten Digits", E. Alpaydin and C. Kaynak 1998, UCI Machine Learning
Repository, DOI 10.24432/C50P49, CC BY 4.0. Each was 32 x 32 black or white pixels; a
value here counts the black ones of a block of 4 x 4, so that it is from 0 to 16.
"""

import argparse
import hashlib
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

BUNDLED = Path(__file__).parents[1] / "src" / "likely" / "studies" / "bundled"


def main() -> None:
    """Write `digits.npz`: images (1797, 8, 8) and labels (1797), both uint8."""
    parser = argparse.ArgumentParser(description="Write the bundled digits.")
    parser.add_argument("--out", type=Path, default=BUNDLED)
    path = parser.parse_args().out / "digits.npz"
    digits = load_digits()
    images, labels = (
        digits["images"].astype(np.uint8),
        digits["target"].astype(np.uint8),
    )
    if not np.array_equal(images, digits["images"]):
        raise ValueError("The images of scikit-learn are no longer whole numbers.")
    np.savez_compressed(path, images=images, labels=labels)
    digest = hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB, {len(labels)} images")
    print(f"  sha256 of images and labels: {digest}")


if __name__ == "__main__":
    main()
