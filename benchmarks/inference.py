"""Time predictions for many events: likely and onnxruntime, of the same network.

    python benchmarks/inference.py --likely PYTHON --onnxruntime PYTHON

The exported network is that of likely, weights and scaling included. Sides take turns,
each in a process of its own on the same two cores. First it is checked that they agree
to 1e-5 in every probability.
"""

import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np
from inference_protocol import CLASSES, COLUMNS, HIDDEN, NAMES, WAYS
from sides import options_of, run, write

SIDES = ("likely", "onnxruntime")
# Members of an ensemble, none for a network alone, and events.
CASES = ((None, 1_000_000), (10, 100_000))
TOLERANCE = 1e-5

HEAD = """\
# Inference

Written by `benchmarks/inference.py` (`make bench`): 27 columns, three layers of 100,
four classes, float32. From inputs: the network and the softmax, of scaled numbers in a
matrix. From columns: the checks and the scaling, too; onnxruntime gets the columns as
one matrix, which is put together in its time. It has two threads, and the size of batch
that is fastest. Times in seconds, medians of warm calls; in brackets the processor's
seconds. Cold is the first call, with compilation or the making of a session.

| members | events | from | likely | onnxruntime | ratio | cold, likely | cold, peer |
|---:|---:|---|---:|---:|---:|---:|---:|
"""


def make(folder: Path, members: int | None, events: int) -> None:
    """Write the events, the model, and the ONNX files of it."""
    import jax

    from likely.data import Dataset, Features, Labels
    from likely.export import export_onnx, export_predictor
    from likely.fit import Ensemble
    from likely.fit.losses import Categorical
    from likely.methods import Predictor, save_predictor
    from likely.nets import make_net

    rng = np.random.default_rng(1)
    centre, spread = rng.uniform(-100, 100, COLUMNS), rng.uniform(1, 50, COLUMNS)
    table = (centre + spread * rng.normal(size=(events, COLUMNS))).astype(np.float32)
    np.save(folder / "events.npy", table)
    data = Dataset.of({name: table[:, i] for i, name in enumerate(NAMES)})
    features = Features.of(data, NAMES)
    np.save(folder / "inputs.npy", features.matrix(data))

    def network(key: jax.Array) -> object:
        options = {"inputs": COLUMNS, "outputs": CLASSES, "hidden": HIDDEN}
        return make_net("mlp", key=key, **options)

    key, loss = jax.random.key(2), Categorical()
    model = network(key) if members is None else Ensemble.of(network, members, key=key)
    labels = Labels.of("class", [f"c{i}" for i in range(CLASSES)])
    predictor = Predictor(features, model, loss, labels)
    save_predictor(predictor, folder)
    export_predictor(predictor, folder / "columns.onnx")

    def bare(x: jax.Array) -> jax.Array:
        if members is None:
            return loss.prediction(model(x))
        return jax.vmap(loss.prediction)(model.outputs(x)).mean(axis=0)

    export_onnx(bare, table[0], folder / "inputs.onnx")


def check(folder: Path) -> None:
    """Stop if the probabilities of the sides differ."""
    for way in WAYS:
        ours, theirs = (np.load(folder / f"{side}-{way}.npy") for side in SIDES)
        worst = np.abs(ours - theirs).max()
        if ours.shape != theirs.shape or not worst < TOLERANCE:
            sys.exit(f"From {way} the probabilities differ by {worst:.2g}.")


def middle(answers: list[dict], way: str, what: str) -> float:
    """Return the median over processes."""
    return statistics.median(answer[way][what] for answer in answers)


def main() -> None:
    """Measure both sides."""
    options = options_of("inference", __doc__.splitlines()[0], SIDES)
    rows, versions = [], set()
    for members, events in CASES:
        answers: dict[str, list[dict]] = {side: [] for side in SIDES}
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            make(folder, members, events)
            for _ in range(options["rounds"]):
                for side in SIDES:
                    script, given = f"inference_{side}.py", ["--folder", name]
                    answers[side].append(run(options[side], script, given))
                    versions.add(f"{side} ({answers[side][-1]['version']})")
                check(folder)
        for way in WAYS:
            warm, used, cold = (
                [middle(answers[side], way, what) for side in SIDES]
                for what in ("warm_s", "processor_s", "cold_s")
            )
            cells = [f"{w:.3f} ({u:.2f})" for w, u in zip(warm, used, strict=True)]
            rows.append(
                f"| {members or '–'} | {events:,} | {way} | {' | '.join(cells)} "
                f"| {warm[1] / warm[0]:.1f} | {cold[0]:.2f} | {cold[1]:.2f} |"
            )
            print(rows[-1], flush=True)
    write(options["out"], HEAD, rows, versions)


if __name__ == "__main__":
    main()
