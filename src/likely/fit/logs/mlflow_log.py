"""The course of a training as a run of MLflow."""

import json
import os
import re
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, final

from ...core import LikelyError, write_whole
from .log import AbstractLog, Epoch, reason_of
from .packages import check_package

# Of a message, and of the value of a parameter: what MLflow takes.
MOST_METRICS, MOST_PARAMETERS, MOST_TEXT = 1000, 100, 6000
# By itself MLflow tries a server that is down for minutes, while the training waits,
# and tells its authors of each use.
SETTINGS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}


@final
class MLflow(AbstractLog):
    """Tells a server, or a data base in a file, of MLflow of a training.

    Metrics have the names of `Training`: `training_loss`, `validation_loss`,
    `gradient_norm`, `learning_rate`, of several networks the mean, and
    `member-3/training_loss` and so on of each; their step is the epoch.

    Args:
        address: Such as "http://host:5000" or "sqlite:///mlflow.db"; by default the
            environment variable MLFLOW_TRACKING_URI, or `mlflow.db` in this folder.
        experiment: That the run is part of; made if it is not there.
        name: Of the run; MLflow makes one up by default.
        parameters: Texts or numbers that the run is looked up by.
        keep: A file that keeps which run it is, so that a training that goes on from a
            checkpoint goes on in that run; None to begin a run each time.
        patience: Seconds between two messages, as a server may be far away; what an
            epoch leaves waits for that long.

    Raises:
        LikelyError: If the package mlflow is not installed.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        experiment: str = "likely",
        name: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        keep: str | os.PathLike[str] | None = None,
        patience: float = 1.0,
    ):
        check_package("mlflow")
        self.address, self.experiment, self.name = address, experiment, name
        self.parameters = dict(parameters or {})
        self.keep = None if keep is None else Path(keep)
        self.patience = patience
        self._client: Any = None
        self._run: str | None = None
        self._is_open = False
        self._waiting: list[Any] = []
        self._sent = 0.0
        self._epoch = self._known = 0

    def begin(self, earlier: Sequence[Epoch]) -> None:
        """Begin a run, or go on in one; send the epochs that it does not have.

        Raises:
            LikelyError: If MLflow refuses.
        """
        try:
            with _settings():
                self._client = self._client or _client(self.address)
                if not self._is_open:
                    self._run = self._found(going_on=bool(earlier))
                self._is_open = True
                self._waiting = []
                self._epoch = len(earlier)
                # A run that was killed may have more than its checkpoint, and makes
                # the same epochs again.
                self._known = _last_epoch(self._client, self._run) if earlier else 0
                for epoch in earlier:
                    self._add(epoch)
                self._send()
        # It raises errors of its own, of requests, of SQLAlchemy and others.
        except Exception as error:
            where = "its default address" if self.address is None else self.address
            raise LikelyError(
                f"MLflow cannot log to {where}: {reason_of(error)}. Give the address "
                "of a server that runs, such as http://127.0.0.1:5000, or a file: "
                "sqlite:///mlflow.db."
            ) from None

    def note(self, epoch: Epoch) -> None:
        """Send an epoch, together with others where they are short."""
        self._add(epoch)
        self._epoch = epoch.number
        if time.monotonic() - self._sent > self.patience:
            with _settings():
                self._send()

    def end(self, *, ok: bool) -> None:
        """Send what is left, and end the run."""
        self._is_open = False
        with _settings():
            self._send()
            self._client.set_terminated(self._run, "FINISHED" if ok else "FAILED")

    def conclude(self, values: Mapping[str, float], folder: Path | None) -> None:
        """Send the numbers, and the files as artefacts in `report`."""
        self._waiting += _metrics(self._epoch, values)
        with _settings():
            self._send()
            if folder is not None:
                self._client.log_artifacts(self._run, str(folder), "report")

    def _found(self, *, going_on: bool) -> str:
        """Return the run to write to; one that was killed before is ended as such."""
        client, kept = self._client, self._kept()
        if kept is not None and going_on:
            client.update_run(kept, status="RUNNING")
            return kept
        if kept is not None and client.get_run(kept).info.status == "RUNNING":
            client.set_terminated(kept, "KILLED")
        found = client.get_experiment_by_name(self.experiment)
        place = (
            client.create_experiment(self.experiment)
            if found is None
            else found.experiment_id
        )
        run = client.create_run(place, run_name=self.name).info.run_id
        if self.keep is not None:
            content = {"address": client.tracking_uri, "run": run}
            write_whole(self.keep, json.dumps(content) + "\n")
        self._tell_parameters(run)
        return run

    def _kept(self) -> str | None:
        """Return the run of an earlier training, if it is still there."""
        if self.keep is None or not self.keep.exists():
            return None
        from mlflow.exceptions import MlflowException

        try:
            content = json.loads(self.keep.read_text(encoding="utf-8"))
            if content["address"] != self._client.tracking_uri:
                return None
            return self._client.get_run(content["run"]).info.run_id
        except (ValueError, KeyError, TypeError, MlflowException):
            return None  # a run that is gone is begun again, with all epochs

    def _tell_parameters(self, run: str) -> None:
        from mlflow.entities import Param

        told = [
            Param(_name(key), str(value)[:MOST_TEXT])
            for key, value in self.parameters.items()
        ]
        for first in range(0, len(told), MOST_PARAMETERS):
            self._client.log_batch(run, params=told[first : first + MOST_PARAMETERS])

    def _add(self, epoch: Epoch) -> None:
        if epoch.number > self._known:
            self._waiting += _metrics(epoch.number, epoch.curves)

    def _send(self) -> None:
        for first in range(0, len(self._waiting), MOST_METRICS):
            some = self._waiting[first : first + MOST_METRICS]
            self._client.log_batch(self._run, metrics=some)
        self._waiting = []
        self._sent = time.monotonic()


def _client(address: str | None) -> Any:
    from mlflow.tracking import MlflowClient

    return MlflowClient(tracking_uri=address)


def _last_epoch(client: Any, run: str | None) -> int:
    """Return the number of epochs that a run has: the last metric of each is sent."""
    points = client.get_metric_history(run, "seconds")
    return max((point.step for point in points), default=0)


def _metrics(step: int, values: Mapping[str, float]) -> list[Any]:
    from mlflow.entities import Metric

    now = int(time.time() * 1000)
    return [Metric(_name(name), value, now, step) for name, value in values.items()]


def _name(text: str) -> str:
    """Return a name that MLflow takes."""
    return re.sub(r"[^/\w.\- :]", "_", text)[:250]


@contextmanager
def _settings() -> Iterator[None]:
    """Have MLflow give up soon, and silent; what the user has set stays."""
    added = {name: v for name, v in SETTINGS.items() if name not in os.environ}
    os.environ.update(added)
    try:
        with warnings.catch_warnings():
            # They are about how MLflow uses other packages.
            warnings.simplefilter("ignore")
            yield
    finally:
        for name in added:
            del os.environ[name]
