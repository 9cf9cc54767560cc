"""The side of likely: one network, or an ensemble of ten (`--members 10`)."""

import argparse
from importlib.metadata import version

import epoch_protocol as protocol
import jax
import numpy as np

import likely as lk

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--members", type=int, default=1)
members = parser.parse_args().members


def make(key):
    sizes = protocol.FEATURES, protocol.CLASSES
    return lk.nets.MLP(*sizes, hidden=protocol.HIDDEN, key=key)


x, t = protocol.events()
key = jax.random.key(0)
net = make(key) if members == 1 else lk.Ensemble.of(make, members, key=key)
rule = lk.Adam(protocol.RATE)
begin = protocol.clock()
result = lk.fit(
    net,
    (x, t),
    loss=lk.losses.Categorical(),
    minimiser=lk.Descent(rule, batch=protocol.BATCH, epochs=protocol.EPOCHS),
)
whole = protocol.clock() - begin
seconds = list(result.minimum.seconds)
# What is not of the later epochs: imports, checks, compilation, the first epoch.
ready = whole - sum(seconds[1:])
loss = float(np.mean(result.minimum.training_loss[-1]))
protocol.tell(
    f"likely {version('likely')}, jax {jax.__version__}", seconds, loss, ready
)
