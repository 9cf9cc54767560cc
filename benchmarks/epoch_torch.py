"""The side of PyTorch: eager, or with `--compile` by torch.compile."""

import argparse

import epoch_protocol as protocol
import torch

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--compile", action="store_true")
parser.add_argument("--threads", type=int, default=2)
options = parser.parse_args()
torch.set_num_threads(options.threads)
torch.manual_seed(0)
x, t = (torch.as_tensor(a) for a in protocol.events())
widths = (protocol.FEATURES, *protocol.HIDDEN)
layers: list[torch.nn.Module] = []
for a, b in zip(widths[:-1], widths[1:], strict=True):
    layers += [torch.nn.Linear(a, b), torch.nn.ReLU()]
net = torch.nn.Sequential(*layers, torch.nn.Linear(widths[-1], protocol.CLASSES))
# The fused step is PyTorch's fastest.
rule = torch.optim.Adam(net.parameters(), lr=protocol.RATE, fused=True)
cross_entropy = torch.nn.CrossEntropyLoss()
model = torch.compile(net) if options.compile else net
seconds, total, ready, begin = [], 0.0, 0.0, protocol.clock()
for _ in range(protocol.EPOCHS):
    start, total = protocol.clock(), 0.0
    for rows in torch.randperm(len(x)).split(protocol.BATCH):
        loss = cross_entropy(model(x[rows]), t[rows])
        rule.zero_grad()
        loss.backward()
        rule.step()
        total += loss.item() * len(rows)
    seconds.append(protocol.clock() - start)
    ready = ready or protocol.clock() - begin
how = "compiled" if options.compile else "eager"
protocol.tell(f"torch {torch.__version__} {how}", seconds, total / len(x), ready)
