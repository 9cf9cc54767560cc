"""The state of a training in a file, to go on from to the same weights."""

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any, final

import jax
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from ...core import LikelyError, whole_file
from .descent import Descent
from .schedules import Constant


@final
class Checkpoint:
    """A file with every array of the state, and the course of the training.

    Args:
        file: Where it is.
        fingerprint: What the training depends on, its number of epochs apart.
    """

    def __init__(self, file: Path, fingerprint: str):
        self.file, self.fingerprint = file, fingerprint

    @staticmethod
    def of(objective: Any, descent: Descent) -> "Checkpoint | None":
        """Return the checkpoint of a training, or None if it is to have none.

        Raises:
            LikelyError: If it could not be written, which would be told only later.
        """
        if descent.checkpoint_file is None:
            return None
        _check_place(descent.checkpoint_file)
        return Checkpoint(descent.checkpoint_file, _fingerprint(objective, descent))

    def write(self, state: Any, course: Any) -> None:
        """Write the state, whole or not at all."""
        leaves = jax.tree.leaves(state)
        arrays = {f"{i:06d}": np.ascontiguousarray(a) for i, a in enumerate(leaves)}
        content = {
            "rows": [row.tolist() for row in course.rows],
            "seconds": course.seconds,
            **{
                name: getattr(course, name).tolist()
                for name in ("best_loss", "best_epoch", "stopped", "diverged")
            },
        }
        said = {"fingerprint": self.fingerprint, "course": json.dumps(content)}
        with whole_file(self.file) as temporary:
            save_file(arrays, temporary, metadata=said)

    def read(self, like: Any) -> tuple[Any, Any] | None:
        """Return the state and the course in the file; None where there is no file.

        Raises:
            LikelyError: If it is of another training, or damaged.
        """
        if not self.file.exists():
            return None
        leaves, structure = jax.tree.flatten(like)
        try:
            with safe_open(self.file, "numpy") as file:
                said = file.metadata() or {}
                arrays = [file.get_tensor(name) for name in sorted(file.keys())]
            known, content = said["fingerprint"], json.loads(said["course"])
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            raise LikelyError(
                f"the checkpoint `{self.file}` cannot be read ({error}); remove it."
            ) from None
        if known != self.fingerprint:
            raise LikelyError(
                f"the checkpoint `{self.file}` is of another training: other data, "
                "model, loss or options; remove it, or name another file."
            )
        if [a.shape for a in arrays] != [np.shape(a) for a in leaves]:
            # Members are padded to a multiple of the devices.
            raise LikelyError(
                f"the checkpoint `{self.file}` was made with another number of CPU "
                "devices; go on with as many, or remove it."
            )
        back = [
            jax.device_put(array, leaf.sharding)
            for array, leaf in zip(arrays, leaves, strict=True)
        ]
        return jax.tree.unflatten(structure, back), content


def _check_place(file: Path) -> None:
    if file.is_dir():
        raise LikelyError(f"`checkpoint`: `{file}` is a folder; name a file.")
    if not file.parent.is_dir():
        raise LikelyError(
            f"`checkpoint`: there is no folder `{file.parent}`; make it first."
        )
    if not os.access(file.parent, os.W_OK):
        raise LikelyError(
            f"`checkpoint`: the folder `{file.parent}` cannot be written to; name "
            "another."
        )


def _fingerprint(objective: Any, descent: Descent) -> str:
    """Return what a training depends on as one hash."""
    found = hashlib.sha256()
    parts = [objective.train, objective.validation]
    for samples in [part for part in parts if part is not None]:
        tree = samples.inputs, samples.targets, samples.weights
        for array in jax.tree.leaves(tree):
            found.update(f"{array.dtype}{array.shape}".encode())
            found.update(np.ascontiguousarray(array).data)
    if objective.rotation is not None:
        for rows in (*objective.rotation.train, *objective.rotation.validation):
            found.update(np.ascontiguousarray(rows).data)
    for leaf in jax.tree.leaves((objective.model, objective.loss, descent.rule)):
        if hasattr(leaf, "dtype"):
            found.update(f"{leaf.dtype}{leaf.shape}".encode())
            found.update(np.ascontiguousarray(leaf).data)
        else:
            named = f"{getattr(leaf, '__name__', '')}{leaf!r};"
            found.update(_without_places(named).encode())
    # A structure prints as all that is no leaf, defaults included; functions by name,
    # since their place in memory changes from run to run.
    parts = objective.model, objective.loss, descent.rule, descent.stopping
    said = [
        jax.tree.structure(parts),
        descent.batch,
        descent.epochs if not _constant(descent) else "",
        descent.seed,
        descent.precision,
    ]
    text = json.dumps([_without_places(repr(part)) for part in said])
    found.update(text.encode())
    return found.hexdigest()


def _constant(descent: Descent) -> bool:
    """Return whether a longer training begins like a shorter one."""
    return isinstance(descent.rule.learning_rate, Constant)


def _without_places(text: str) -> str:
    return re.sub(r" at 0x[0-9a-f]+", "", text)
