"""One CPU device a core, asked for before JAX looks: it does so once in a process."""

import os
import sys
from collections.abc import Mapping

VARIABLE = "JAX_NUM_CPU_DEVICES"
_asked: dict[str, str] = {}


def one_device_per_core() -> None:
    """Let sums over events and members of ensembles be spread over the cores.

    Before JAX is imported this is said by its environment variable: a program that
    makes a random key before its first model would have one device else. What an
    environment or program has chosen already is left alone.
    """
    if VARIABLE in os.environ or "device_count" in os.environ.get("XLA_FLAGS", ""):
        return
    if "jax" not in sys.modules:
        os.environ[VARIABLE] = _asked[VARIABLE] = str(cores())
        return
    import jax

    if jax.config.values["jax_num_cpu_devices"] > 0:
        return
    try:
        jax.config.update("jax_num_cpu_devices", cores())
    except RuntimeError:
        return  # JAX has been used before likely was imported: its devices stay


def ask_for(environment: Mapping[str, str]) -> None:
    """Set what is not set already in the environment, this package's own choice apart.

    It changes nothing where JAX has begun.
    """
    if os.environ.get(VARIABLE) == _asked.get(VARIABLE):
        os.environ.pop(VARIABLE, None)
    for name, value in environment.items():
        os.environ.setdefault(name, value)


def cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
