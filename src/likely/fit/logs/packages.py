"""Whether the package is there that a log needs."""

from importlib.util import find_spec

from ...core import LikelyError

# The package that is imported, by the extra that brings it.
PACKAGES = {"tensorboard": "tensorboardX", "mlflow": "mlflow"}


def check_package(log: str) -> None:
    """Check that a log can be written, without importing anything.

    Args:
        log: "tensorboard" or "mlflow".

    Raises:
        LikelyError: If its package is not installed.
    """
    if find_spec(PACKAGES[log]) is None:
        raise LikelyError(
            f"a log for {log} needs the package {PACKAGES[log]}: "
            f'`pip install "likely[{log}]"`.'
        )
