"""What benchmarks have in common whose sides are scripts in processes of their own."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def options_of(name: str, description: str, sides: tuple[str, ...]) -> dict[str, Any]:
    """Return the options of the command line, and take the first two cores.

    Args:
        name: Of the page that is written, without its ending.
        description: Of the benchmark, for `--help`.
        sides: Each is an option, the Python of its environment.
    """
    parser = argparse.ArgumentParser(description=description)
    for side in sides:
        parser.add_argument(f"--{side}", metavar="PYTHON", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=HERE / "results" / f"{name}.md")
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    return vars(parser.parse_args())


def run(python: str, script: str, arguments: Sequence[str]) -> dict:
    """Run one side in a process of its own, and return what it printed."""
    environment = os.environ | {"OMP_NUM_THREADS": "2", "LIKELY_CACHE": ""}
    command = [python, str(HERE / script), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{script} failed.\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def write(file: Path, head: str, rows: list[str], versions: set[str]) -> None:
    """Write the page: its head, the rows of the table, and the versions."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(head + "\n".join(rows) + f"\n\n{', '.join(sorted(versions))}.\n")
