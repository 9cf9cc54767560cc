"""The `massfit` by zfit: TensorFlow graphs, Minuit.

The loss is built once and used for all fits, so that the graph is not traced again.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("ZFIT_DISABLE_TF_WARNINGS", "1")

import numpy as np
import tensorflow as tf
import zfit
from protocol import HIGH, LOW, PARAMETERS, Fitted, serve

m = zfit.Space("m", LOW, HIGH)
parameters = {name: zfit.Parameter(name, *p) for name, p in PARAMETERS.items()}
gauss = zfit.pdf.Gauss(mu=parameters["mu"], sigma=parameters["sigma"], obs=m)
exponential = zfit.pdf.Exponential(parameters["slope"], obs=m)
model = zfit.pdf.SumPDF([gauss, exponential], fracs=parameters["fraction"])
minimiser = zfit.minimize.Minuit()


def prepare(events: np.ndarray) -> zfit.loss.UnbinnedNLL:
    return zfit.loss.UnbinnedNLL(model, zfit.Data.from_numpy(obs=m, array=events))


def fit(loss: zfit.loss.UnbinnedNLL) -> Fitted:
    for name, (start, _, _) in PARAMETERS.items():
        parameters[name].set_value(start)
    result = minimiser.minimize(loss)
    errors = result.hesse()
    values = {name: float(result.params[p]["value"]) for name, p in parameters.items()}
    return values, {name: float(errors[p]["error"]) for name, p in parameters.items()}


if __name__ == "__main__":
    serve(
        "zfit", prepare, fit, {"zfit": zfit.__version__, "tensorflow": tf.__version__}
    )
