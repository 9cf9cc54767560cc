"""The process-wide choices, made once on import: precision, devices, compile cache.

Likelihoods need float64 (a minimum of 1e7 events is compared to 1e-6), networks name
their own dtype, so JAX runs with 64-bit types enabled and every network states
float32 or bfloat16 (docs/decisions.md, "One process, two precisions").
"""

import inspect
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import jax
import jax.numpy as jnp
from jax.core import Tracer

from .devices import one_device_per_core
from .errors import LikelyError

CACHE_VARIABLE = "LIKELY_CACHE"


def cache_folder() -> Path | None:
    """Return the folder of compiled programs, or None where caching is switched off.

    `LIKELY_CACHE` names another folder; an empty value switches the cache off.
    """
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen == "":
        return None
    if chosen is not None:
        return Path(chosen)
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "likely" / "jax"


def configure() -> None:
    """Enable float64, one CPU device a core, and the persistent compilation cache.

    Raises:
        LikelyError: If that is inside a function that JAX traces, of which one part
            would be in float32 and the other in float64.
    """
    if not jax.config.values["jax_enable_x64"] and _in_a_trace():
        raise LikelyError(
            "likely cannot switch JAX to 64-bit numbers inside a function that JAX is "
            "tracing; before that function is called, import from `likely.core`, make "
            'the model, or call `jax.config.update("jax_enable_x64", True)`.'
        )
    jax.config.update("jax_enable_x64", val=True)
    one_device_per_core()
    folder = cache_folder()
    if folder is None or jax.config.values["jax_compilation_cache_dir"] is not None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return  # a read-only home: programs are compiled anew, nothing else changes
    if os.access(folder, os.W_OK):
        jax.config.update("jax_compilation_cache_dir", str(folder))
        # Small programs are what a fit consists of: JAX's defaults would skip them.
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.05)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def _in_a_trace() -> bool:
    """Return whether this runs inside a function that JAX is tracing."""
    frame = inspect.currentframe()
    while frame and not frame.f_globals.get("__name__", "").startswith("jax."):
        frame = frame.f_back
    # Asked only where JAX is among the callers: elsewhere the array would start its
    # backend, whose devices are not chosen yet.
    return frame is not None and isinstance(jnp.zeros(()), Tracer)


@dataclass
class CompileClock:
    """Seconds that JAX has spent in tracing and compiling."""

    seconds: float = 0.0


_OPEN_CLOCKS: list[CompileClock] = []
_COMPILE_EVENTS = (
    "/jax/core/compile/jaxpr_trace_duration",
    "/jax/core/compile/jaxpr_to_mlir_module_duration",
    "/jax/core/compile/backend_compile_duration",
)


def _on_duration(event: str, duration_secs: float, **kwargs: str | int) -> None:
    if event in _COMPILE_EVENTS:
        for clock in _OPEN_CLOCKS:
            clock.seconds += duration_secs


jax.monitoring.register_event_duration_secs_listener(_on_duration)


@contextmanager
def compile_clock() -> Iterator[CompileClock]:
    """Measure the time JAX compiles inside the block, apart from the time it runs."""
    clock = CompileClock()
    _OPEN_CLOCKS.append(clock)
    try:
        yield clock
    finally:
        _OPEN_CLOCKS[:] = [c for c in _OPEN_CLOCKS if c is not clock]


try:
    configure()
except (AttributeError, KeyError) as error:
    # As it is, Python would make of it that some name cannot be imported.
    raise LikelyError(
        f"JAX {jax.__version__} cannot be set up ({error}); likely needs jax>=0.10.1."
    ) from error
