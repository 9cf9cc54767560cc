"""Time an epoch of a classifier in likely, PyTorch and Keras: a table of ratios.

    python benchmarks/epoch.py --likely PYTHON --torch PYTHON --keras PYTHON

Each side runs in processes of its own, one after the other in turn, on the same two
cores. First it is checked that all learn alike: the loss of the last epoch within three
per cent.
"""

import statistics
import sys

from sides import options_of, run, write

# What is measured, whose environment it needs, its script.
CASES = {
    "likely": ("likely", "epoch_likely.py"),
    "likely, ensemble of ten": ("likely", "epoch_likely.py", "--members", "10"),
    "PyTorch, eager, 1 thread": ("torch", "epoch_torch.py", "--threads", "1"),
    "PyTorch, eager, 2 threads": ("torch", "epoch_torch.py", "--threads", "2"),
    "PyTorch, compiled": ("torch", "epoch_torch.py", "--compile", "--threads", "1"),
    "Keras": ("keras", "epoch_keras.py"),
}

HEAD = """\
# One epoch of a classifier

Written by `benchmarks/epoch.py` (`make bench`): 100,000 events of 27 variables, three
hidden layers of 100, batches of 256, Adam. An epoch is the median of all but the first;
first is from the call to the end of the first epoch, compilation included.

| | epoch, s | over likely | first, s | loss |
|---|---:|---:|---:|---:|
"""


def main() -> None:
    """Measure all sides."""
    options = options_of("epoch", __doc__.splitlines()[0], ("likely", "torch", "keras"))
    found: dict[str, list[dict]] = {name: [] for name in CASES}
    for _ in range(options["rounds"]):
        for name, (side, script, *given) in CASES.items():
            found[name].append(run(options[side], script, given))
    losses = {name: answers[0]["loss"] for name, answers in found.items()}
    if max(losses.values()) > 1.03 * min(losses.values()):
        sys.exit(f"The sides do not learn alike: {losses}.")
    epochs = {n: statistics.median(a["epoch_s"] for a in f) for n, f in found.items()}
    rows = [
        f"| {name} | {epochs[name]:.3f} | {epochs[name] / epochs['likely']:.1f} "
        f"| {statistics.median(a['first_s'] for a in answers):.2f} "
        f"| {losses[name]:.4f} |"
        for name, answers in found.items()
    ]
    versions = {a["version"] for answers in found.values() for a in answers}
    write(options["out"], HEAD, rows, versions)
    print("\n".join(rows))


if __name__ == "__main__":
    main()
