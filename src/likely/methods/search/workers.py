"""Trials as tasks of Dask, on processes of this machine or of a cluster.

This file alone imports Dask. A worker that ends in the middle of a trial loses that
trial only, which is made again on another one: those that have ended are in the process
of the search, and in a file if it keeps one.
"""

import json
import logging
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, final
from urllib.parse import urlsplit

from ...core.devices import ask_for, cores
from ...core.errors import LikelyError
from ...core.listener import progress
from .pool import AbstractPool, Evaluate, InTurn, Outcome, Task

# Seconds in which a scheduler must answer.
PATIENCE = 20


@final
class OnWorkers(AbstractPool):
    """Trials as tasks of Dask.

    Args:
        evaluate: Makes a trial; a function of a module that workers can import, or a
            `functools.partial` of one.
        client: Of the scheduler.
    """

    def __init__(self, evaluate: Evaluate, client: Any):
        from distributed import as_completed

        self._evaluate, self._client = evaluate, client
        self._numbers: dict[Any, int] = {}
        self._ended = as_completed(loop=client.loop)

    @property
    def room(self) -> int:
        # A worker must not wait for its next trial; the queue is the scheduler's.
        return 1000

    def start(self, task: Task) -> None:
        # Pure functions of one argument would be made once for equal options only.
        future = self._client.submit(self._evaluate, task, pure=False)
        self._numbers[future.key] = task["number"]
        self._ended.add(future)

    def finished(self) -> tuple[int, Outcome]:
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        future = next(self._ended)
        number = self._numbers.pop(future.key)
        try:
            return number, future.result()
        except KilledWorker as error:
            text = f"{error.allowed_failures + 1} workers ended while they made it, "
            return number, _lost(text + "as they do for lack of memory.")
        except FutureCancelledError:
            raise LikelyError(
                "the Dask scheduler has gone, or has dropped a trial; run again with "
                "`--resume` to keep the trials that have ended."
            ) from None


@contextmanager
def pool_of(evaluate: Evaluate, workers: int | str | None) -> Iterator[AbstractPool]:
    """Give what makes trials, and end the processes it has started.

    Args:
        evaluate: Makes a trial.
        workers: A number of processes to start, the address of a Dask scheduler or a
            `.json` file that it has written, or None for this process.

    Raises:
        LikelyError: If Dask is not installed, or the scheduler does not answer.
    """
    if workers is None:
        yield InTurn(evaluate)
        return
    check_workers(workers)
    with _client(workers) as client:
        if not isinstance(workers, int):
            with progress("waiting for a worker of the Dask cluster"):
                client.wait_for_workers(1)
        yield OnWorkers(evaluate, client)


def check_workers(workers: int | str) -> None:
    """Check that Dask is there, and what it is to use.

    Raises:
        LikelyError: If not.
    """
    if isinstance(workers, bool) or not isinstance(workers, int | str):
        raise LikelyError(
            "`workers` must be a number of processes, or the address of a Dask "
            f"scheduler; got {workers!r}."
        )
    if isinstance(workers, int) and workers < 1:
        raise LikelyError(f"`workers` must be 1 or more; got {workers}.")
    if find_spec("distributed") is None:
        raise LikelyError(
            '`workers` and `scheduler` need Dask: `pip install "likely[dask]"`.'
        )


@contextmanager
def _client(workers: int | str) -> Iterator[Any]:
    from distributed import Client

    with ExitStack() as stack:
        stack.enter_context(_quiet())
        if isinstance(workers, int):
            with progress(f"starting {workers} worker(s)"):
                where = stack.enter_context(_processes(workers))
                client = Client(where, set_as_default=False)
        else:
            client = _connected(workers)
        yield stack.enter_context(client)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask from telling of every connection, and of workers that are restarted."""
    logger = logging.getLogger("distributed")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def _processes(count: int) -> Any:
    from distributed import LocalCluster

    return LocalCluster(
        n_workers=count,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,  # pyright: ignore[reportArgumentType]
        silence_logs=logging.CRITICAL,
        # Its guess counts what XLA maps and does not use, and would end workers for it.
        memory_limit=0,
        env=environment(max(cores() // count, 1)),
    )


def environment(cores: int) -> dict[str, str]:
    """Return the environment of a process that is to use so many cores.

    XLA makes as many threads as there are cores, in each process.
    """
    return {
        "NPROC": str(cores),
        "JAX_NUM_CPU_DEVICES": "1",
        # A GPU is shared: none of the processes may take its whole memory.
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    }


def share_the_machine() -> None:
    """Use as many cores as the worker that this is called in was given.

    It changes nothing where its environment says so already, or JAX has begun.
    """
    from distributed import get_worker

    ask_for(environment(get_worker().state.nthreads))


def _connected(address: str) -> Any:
    from distributed import Client

    where = address
    try:
        if address.endswith(".json"):
            # Dask would wait for a file that is not there.
            where = json.loads(Path(address).read_text(encoding="utf-8"))["address"]
        place = urlsplit(where if "://" in where else f"tcp://{where}")
        # A client of Dask that finds nobody reports so once more when it is forgotten.
        socket.create_connection((place.hostname, place.port), PATIENCE).close()
        return Client(where, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError, KeyError) as error:
        reason = " ".join(str(error).split())[:160]
        raise LikelyError(
            f"`{address}`: no Dask scheduler answers there ({reason}); give an address "
            "such as tcp://10.0.0.1:8786, or the `.json` file that one has written."
        ) from None


def _lost(message: str) -> Outcome:
    return {
        "state": "failed",
        "value": None,
        "losses": (),
        "seconds": 0.0,
        "message": message,
    }
