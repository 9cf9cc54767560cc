"""Make tests/fixtures/trajectories.json: the weights of a network, step by step.

Run it in an environment with `pip install torch==2.13.0 numpy` (PyTorch is no
dependency of likely). A perceptron of 3 inputs, 5 hidden tanh and 2 outputs learns 20
weighted events in double precision, all of them in each step, by the optimisers of
PyTorch: the file has events, first weights, and those after some steps.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer, RMSprop
from torch.optim.lr_scheduler import CosineAnnealingLR

OUT = Path(__file__).parents[1] / "tests" / "fixtures" / "trajectories.json"
STEPS = (1, 10, 60)
Make = Callable[[Iterable[nn.Parameter]], Optimizer]
RULES: dict[str, Make] = {
    "sgd": lambda p: SGD(p, 0.05),
    "momentum": lambda p: SGD(p, 0.05, momentum=0.9, weight_decay=0.1),
    "nesterov": lambda p: SGD(p, 0.05, momentum=0.9, nesterov=True),
    "rmsprop": lambda p: RMSprop(p, 0.01, alpha=0.9, eps=1e-8),
    "adam": lambda p: Adam(p, 0.02),
    "adamw": lambda p: AdamW(p, 0.02, (0.8, 0.99), 1e-3, weight_decay=0.1),
    "clipped": lambda p: SGD(p, 0.1),
}
NORM = 0.5


def numbers(tensors: Iterable[torch.Tensor]) -> list[float]:
    """Return all numbers of tensors in a row."""
    return [round(v, 12) for t in tensors for v in t.detach().flatten().tolist()]


def perceptron() -> nn.Sequential:
    """Return the network as it is before the first step."""
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2)).double()


def trajectory(name: str, x: torch.Tensor, t: torch.Tensor, w: torch.Tensor) -> object:
    """Return the weights after some steps of an optimiser."""
    net = perceptron()
    optimiser = RULES[name](net.parameters())
    schedule = CosineAnnealingLR(optimiser, STEPS[-1])
    found = {}
    for step in range(1, STEPS[-1] + 1):
        optimiser.zero_grad()
        loss = (w * ((net(x) - t) ** 2).sum(1)).sum() / w.sum()
        loss.backward()
        if name == "clipped":
            nn.utils.clip_grad_norm_(net.parameters(), NORM)
        optimiser.step()
        if name == "clipped":
            schedule.step()
        if step in STEPS:
            found[str(step)] = numbers(net.parameters())
    return found


def main() -> None:
    """Write the file."""
    torch.manual_seed(0)
    x = torch.randn(20, 3, dtype=torch.float64)
    t = torch.stack([torch.sin(2 * x[:, 0]), x[:, 1] * x[:, 2]], 1)
    t = t + 0.1 * torch.randn(20, 2, dtype=torch.float64)
    w = torch.rand(20, dtype=torch.float64) + 0.5
    content = {
        "torch": torch.__version__,
        "inputs": numbers([x]),
        "targets": numbers([t]),
        "weights": numbers([w]),
        "start": numbers(perceptron().parameters()),
        "rules": {name: trajectory(name, x, t, w) for name in RULES},
    }
    OUT.write_text(json.dumps(content, indent=None, separators=(",", ":")) + "\n")
    print(f"{OUT}: {OUT.stat().st_size / 1e3:.1f} kB")


if __name__ == "__main__":
    main()
