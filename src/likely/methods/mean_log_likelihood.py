"""How probable a classifier finds what the events are."""

from typing import Any

import numpy as np
from jaxtyping import Float

_SMALLEST = 1e-12  # of a probability, whose logarithm must be finite


def mean_log_likelihood(
    probabilities: Float[np.ndarray, "events classes"], labels: Any, weights: Any
) -> float:
    r"""Return $\sum_i w_i \log p_{t_i} / \sum_i w_i$."""
    chosen = np.take_along_axis(probabilities, np.asarray(labels)[:, None], axis=1)
    logs = np.log(np.maximum(chosen[:, 0], _SMALLEST))
    return float(np.average(logs, weights=weights))
