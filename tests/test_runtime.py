"""The choices made on import, each in a process of its own."""

import subprocess
import sys

import pytest


def told(code: str) -> list[str]:
    """Run a program that must end well, and return the lines it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


TRACED = """
import jax
from likely.core.errors import LikelyError

@jax.jit
def f(x):
    from likely.core import evaluate, Parameter
    return x + evaluate(Parameter("a", 2.0), {{}})

{before}
try:
    print(f(1.0))
except LikelyError as error:
    print(error)
print(jax.config.values["jax_enable_x64"])
{after}
"""


def test_the_precision_is_not_switched_inside_a_function_that_is_traced():
    sentence, enabled, *after = told(
        TRACED.format(before="", after="import likely.core.parameter\nprint(f(1.0))")
    )
    assert "64-bit" in sentence
    assert "before" in sentence
    assert enabled == "False"
    assert after == ["3.0"]


@pytest.mark.parametrize(
    "before",
    [
        "import likely.core.parameter",
        'jax.config.update("jax_enable_x64", True)',
        "f = f.__wrapped__",
        "f = jax.grad(f.__wrapped__)",
    ],
)
def test_the_first_use_may_be_anywhere_else(before):
    printed, enabled = told(TRACED.format(before=before, after=""))
    assert printed in ("3.0", "1.0")
    assert enabled == "True"


@pytest.mark.parametrize(
    "before",
    [
        "import jax; import likely.core.parameter",
        "import likely; import jax; jax.random.key(0); import likely.core.parameter",
        "import jax; import likely; jax.random.key(0); import likely.core.parameter",
    ],
)
def test_every_core_is_a_device_whatever_comes_first(before):
    count = 'len(jax.devices("cpu")) == len(os.sched_getaffinity(0))'
    assert told(f"import os; {before}; print({count})") == ["True"]


@pytest.mark.parametrize(
    "chosen",
    [
        "import os; os.environ['JAX_NUM_CPU_DEVICES'] = '3'; import likely, jax",
        "import jax; jax.config.update('jax_num_cpu_devices', 3); import likely",
        "import likely; from likely.core.devices import ask_for;"
        "ask_for({'JAX_NUM_CPU_DEVICES': '3'}); import jax",
    ],
)
def test_devices_that_were_chosen_stay(chosen):
    code = f"{chosen}; import likely.core.parameter; print(len(jax.devices()))"
    assert told(code) == ["3"]


def test_a_jax_that_cannot_be_set_up_is_a_sentence():
    code = """
import jax
from likely.core.errors import LikelyError

def update(name, *value, **named):
    raise AttributeError(f"Unrecognized config option: {name}")

jax.config.update = update
try:
    from likely.core import Parameter
except LikelyError as error:
    print(error)
"""
    (sentence,) = told(code)
    assert "Unrecognized config option: jax_enable_x64" in sentence
    assert "jax>=" in sentence
