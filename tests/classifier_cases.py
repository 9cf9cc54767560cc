"""Events of known class that the tests of classifier statistics share."""

import numpy as np
from scipy.special import ndtri

# Irrational steps fill the unit interval evenly, and are the same on any machine.
STEPS = 0.7548776662466927, 0.5698402909980532, 0.6180339887498949, 0.3819660112501051


def even(n, step):
    return np.arange(1, n + 1) * STEPS[step] % 1


def sample(n=400):
    """Return scores with ties, labels and positive weights."""
    signal = even(n, 0) < 0.4
    scores = np.round(ndtri(even(n, 1)) + signal, 1)
    return scores, signal, 0.2 + 2 * even(n, 2)


def gaussians(rng, n, m, distance):
    """Return scores and labels of two Gaussians of unit width."""
    scores = np.concatenate([rng.normal(distance, 1, n), rng.normal(0, 1, m)])
    return scores, np.arange(n + m) < n


def three_classes(n=300):
    """Return labels, predictions, probabilities and weights of three classes."""
    labels = (3 * even(n, 0)).astype(int)
    guess = (3 * even(n, 3)).astype(int)
    predicted = np.where(even(n, 1) < 0.6, labels, guess)
    steps = np.arange(1, n + 1)[:, None] * np.array(STEPS)[[0, 1, 3]]
    scores = (steps + 0.4 * (labels[:, None] == np.arange(3))) % 1.4
    return labels, predicted, scores, 0.2 + 2 * even(n, 2)
