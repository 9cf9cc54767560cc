"""Make tests/fixtures/nets.npz: networks, their outputs and gradients by PyTorch.

Run it in an environment with `pip install torch==2.13.0 numpy` (PyTorch is no
dependency of likely). Weights are of float32, the arithmetic is in float64. For each
case the file has its specification, a sample and the output; for some also an array
`pull` of the output's shape, and the gradients of `sum(output * pull)`: in the sample,
and in the `sloped` weights, one behind the other. Weights have the names that likely
has for them and, but for biases of convolutions, its layout.
"""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

OUT = Path(__file__).parents[1] / "tests" / "fixtures" / "nets.npz"
Weights = dict[str, torch.Tensor]
ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "selu": F.selu,
    "gelu": F.gelu,
    "silu": F.silu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softplus": F.softplus,
    "identity": lambda x: x,
}
CONVOLUTIONS = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
TRANSPOSED = {1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d}
MAXIMA = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVERAGES = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


def rounded(module: nn.Module) -> nn.Module:
    """Return a module whose weights are numbers of float32."""
    with torch.no_grad():
        for tensor in module.parameters():
            tensor.copy_(tensor.float())
    return module


def of(name: str, layer: nn.Module, weights: Weights) -> nn.Module:
    """Note the weights of a layer under the name that likely has for it."""
    if isinstance(layer, nn.LayerNorm | nn.RMSNorm | nn.GroupNorm):
        with torch.no_grad():
            for tensor in layer.parameters():
                tensor.add_(0.3 * torch.randn_like(tensor))
    rounded(layer)
    weights[f"{name}.weight"] = layer.weight
    if getattr(layer, "bias", None) is not None:
        weights[f"{name}.bias"] = layer.bias
    return layer


def perceptron(
    sizes: list[int], activation: str, weights: Weights, *, prefix="", norm=None
):
    """Linear layers with an activation between them."""
    layers, norms = [], []
    for i, (a, b) in enumerate(zip(sizes[:-1], sizes[1:], strict=True)):
        layers.append(of(f"{prefix}layers.{i}", nn.Linear(a, b), weights))
        if norm and i < len(sizes) - 2:
            norms.append(of(f"{prefix}norms.{i}", norm(b), weights))
    phi = ACTIVATIONS[activation]

    def run(x, *, residual=False):
        for i, layer in enumerate(layers[:-1]):
            new = layer(x)
            new = phi(norms[i](new) if norms else new)
            x = x + new if residual and i and x.shape == new.shape else new
        return layers[-1](x)

    return run


def mlp(norm, activation, *, residual):
    """A perceptron with any normalisation."""
    weights: Weights = {}
    options = {
        "inputs": 5,
        "outputs": 3,
        "hidden": [7, 7, 7],
        "activation": activation,
        "normalisation": norm,
        "residual": residual,
    }
    kinds = {"layer": nn.LayerNorm, "rms": lambda n: nn.RMSNorm(n, eps=1e-5)}
    sizes = [5, 7, 7, 7, 3]
    run = perceptron(sizes, activation, weights, norm=kinds.get(norm))
    return "mlp", options, weights, lambda x: run(x, residual=residual), (5,)


def tabular():
    """A perceptron with two columns of categories."""
    weights: Weights = {}
    options = {
        "inputs": 4,
        "outputs": 2,
        "categories": [[1, 6], [3, 3]],
        "embedding": 2,
        "hidden": [8],
        "activation": "tanh",
    }
    tables = [rounded(nn.Embedding(6, 2)), rounded(nn.Embedding(3, 2))]
    for i, table in enumerate(tables):
        weights[f"tables.{i}"] = table.weight
    run = perceptron([6, 8, 2], "tanh", weights, prefix="mlp.")

    def whole(x):
        codes = x.detach().long()
        found = [table(codes[i]) for table, i in zip(tables, (1, 3), strict=True)]
        return run(torch.cat([x[[0, 2]], *found]))

    return "tabular", options, weights, whole, (0.3, 4.0, -0.7, 2.0)


def conv(shape, *, dimensions=None, pooling="maximum", summary="flatten", norm=None):
    """A plain convolution net in one to three dimensions."""
    weights: Weights = {}
    axes = dimensions or len(shape)
    depth = shape[-1] if dimensions else 1
    options = {
        "inputs": list(shape),
        "outputs": 3,
        "dimensions": dimensions,
        "channels": [4, 6],
        "pooling": pooling,
        "summary": summary,
        "hidden": [5],
        "activation": "elu",
        "normalisation": norm,
    }
    layers, norms = [], []
    for i, (a, b) in enumerate(((depth, 4), (4, 6))):
        layer = CONVOLUTIONS[axes](a, b, 3, padding="same")
        layers.append(of(f"convolutions.{i}", layer, weights))
        if norm:
            # As many groups as the greatest common divisor with 8.
            groups = {4: 4, 6: 2}[b]
            norms.append(of(f"norms.{i}", nn.GroupNorm(groups, b), weights))
    size = [n // 4 for n in shape[:axes]]
    features = 6 * int(np.prod(size)) if summary == "flatten" else 6
    head = perceptron([features, 5, 3], "elu", weights, prefix="head.")
    pool = {"maximum": MAXIMA, "average": AVERAGES}[pooling][axes]

    def run(x):
        h = x.movedim(-1, 0) if dimensions else x[None]
        for i, layer in enumerate(layers):
            h = layer(h[None])
            h = pool(F.elu(norms[i](h) if norms else h), 2)[0]
        h = h.flatten(1)
        flat = {"flatten": h.flatten, "average": lambda: h.mean(1)}
        return head(flat.get(summary, lambda: h.amax(1))())

    return "conv", options, weights, run, shape


def conv_residual():
    """A residual convolution net with two stages."""
    weights: Weights = {}
    options = {
        "inputs": [7, 6],
        "outputs": 2,
        "channels": [4, 8],
        "blocks": 1,
        "activation": "silu",
    }
    stem = nn.Conv2d(1, 4, 3, padding=1)
    of("stem", stem, weights)
    blocks = []
    for i, j, before, width, stride in (
        (0, 0, 4, 4, 1),
        (1, 0, 4, 8, 2),
    ):
        name = f"stages.{i}.{j}"
        norms = [nn.GroupNorm(before, before), nn.GroupNorm(width, width)]
        first = nn.Conv2d(before, width, 3, stride=stride, padding=1)
        second = nn.Conv2d(width, width, 3, padding=1)
        beside = nn.Conv2d(before, width, 1, stride=stride) if stride > 1 else None
        for n, norm in enumerate(norms):
            of(f"{name}.norms.{n}", norm, weights)
        of(f"{name}.first", first, weights)
        of(f"{name}.second", second, weights)
        if beside:
            of(f"{name}.shortcut", beside, weights)
        blocks.append((norms, first, second, beside))
    norm = of("norm", nn.GroupNorm(8, 8), weights)
    last = of("last", nn.Linear(8, 2), weights)

    def run(x):
        h = stem(x[None, None])
        for (one, two), first, second, beside in blocks:
            a = F.silu(one(h))
            inner = second(F.silu(two(first(a))))
            h = (h if beside is None else beside(a)) + inner
        return last(F.silu(norm(h)).mean((2, 3))[0])

    return "conv_residual", options, weights, run, (7, 6)


def unet(shape, axes, inputs):
    """A U-Net of three levels in one dimension, of two in two."""
    weights: Weights = {}
    channels = (3, 4, 6)[: 4 - axes]
    back = list(zip(channels[::-1], channels[-2::-1], strict=False))
    options = {
        "inputs": inputs,
        "outputs": 2,
        "dimensions": axes,
        "channels": list(channels),
        "activation": "tanh",
        "normalisation": None,
    }

    def pair(name, before, width):
        both = [CONVOLUTIONS[axes](n, width, 3, padding=1) for n in (before, width)]
        for i, layer in enumerate(both):
            of(f"{name}.convolutions.{i}", layer, weights)
        return lambda h: torch.tanh(both[1](torch.tanh(both[0](h))))

    down = [
        pair(f"down.{i}", before, width)
        for i, (before, width) in enumerate(
            zip((inputs, *channels), channels, strict=False)
        )
    ]
    up, larger = [], []
    for i, (wide, thin) in enumerate(back):
        up.append(pair(f"up.{i}", 2 * thin, thin))
        larger.append(rounded(TRANSPOSED[axes](wide, thin, 2, stride=2)))
        # A row for each channel and each of the pixels that one becomes.
        rows = larger[-1].weight.flatten(2).permute(1, 2, 0)
        weights[f"enlarging.{i}.weight"] = rows.reshape(-1, wide, *(1,) * axes)
        weights[f"enlarging.{i}.bias"] = larger[-1].bias.repeat_interleave(2**axes)
    last = of("last", CONVOLUTIONS[axes](3, 2, 1), weights)

    def run(x):
        h = (x.movedim(-1, 0) if inputs > 1 else x[None])[None]
        size = h.shape[2:]
        step = 2 ** (len(channels) - 1)
        missing = [side for n in reversed(size) for side in (0, -n % step)]
        h = F.pad(h, missing)
        levels = []
        for i, both in enumerate(down):
            h = both(MAXIMA[axes](h, 2) if i else h)
            levels.append(h)
        for i, (enlarge, both) in enumerate(zip(larger, up, strict=True)):
            h = both(torch.cat([levels[-2 - i], enlarge(h)], 1))
        cut = tuple(slice(0, n) for n in size)
        return last(h)[0].movedim(0, -1)[cut]

    return "unet", options, weights, run, shape


def recurrent(cell, *, bidirectional, summary, length=None):
    """A recurrent net, with a packed sequence where it has a length."""
    weights: Weights = {}
    hidden = [4, 4] if cell == "plain" else [4]
    options = {
        "inputs": 3,
        "outputs": 2,
        "cell": cell,
        "hidden": hidden,
        "bidirectional": bidirectional,
        "summary": summary,
    }
    kind = {"plain": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[cell]
    net = rounded(kind(3, 4, num_layers=len(hidden), bidirectional=bidirectional))
    for i in range(len(hidden)):
        for j, end in enumerate(("", "_reverse")[: 1 + bidirectional]):
            name = f"cells.{i}.{j}"
            part = {
                key: getattr(net, f"{key}_l{i}{end}")
                for key in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            }
            weights[f"{name}.weight_ih"] = part["weight_ih"]
            weights[f"{name}.weight_hh"] = part["weight_hh"]
            weights[f"{name}.bias"] = part["bias_ih"]
            # Only of the GRU's last gate has the second bias a meaning of its own.
            with torch.no_grad():
                part["bias_hh"][: 8 if cell == "gru" else None] = 0
            if cell == "gru":
                weights[f"{name}.bias_n"] = part["bias_hh"][8:]
    last = of("last", nn.Linear(8 if bidirectional else 4, 2), weights)

    def run(x):
        if length is None:
            steps, end = net(x)
        else:
            packed = nn.utils.rnn.pack_padded_sequence(x[:, None], [length])
            steps, end = net(packed)
            steps, _ = nn.utils.rnn.pad_packed_sequence(steps, total_length=len(x))
            steps = steps[:, 0]
        if summary == "steps":
            real = torch.arange(len(x)) < (length or len(x))
            return torch.where(real[:, None], last(steps), 0)
        end = end[0] if cell == "lstm" else end
        return last(end[-2:].flatten() if bidirectional else end[-1].flatten())

    return "recurrent", options, weights, run, (6, 3)


def encoder_block(name, weights):
    """A block of an encoder."""
    block = nn.TransformerEncoderLayer(
        8, 2, 12, dropout=0, activation="gelu", norm_first=True
    )
    inner = block.self_attn
    for n, norm in enumerate((block.norm1, block.norm2)):
        of(f"{name}.norms.{n}", norm, weights)
    with torch.no_grad():
        inner.in_proj_bias.copy_(torch.randn(24))
    rounded(block)
    for n, part in enumerate(("query", "key", "value")):
        rows = slice(8 * n, 8 * n + 8)
        weights[f"{name}.attention.{part}.weight"] = inner.in_proj_weight[rows]
        weights[f"{name}.attention.{part}.bias"] = inner.in_proj_bias[rows]
    of(f"{name}.attention.output", inner.out_proj, weights)
    of(f"{name}.wide", block.linear1, weights)
    of(f"{name}.narrow", block.linear2, weights)
    return block


def attention(summary, *, positions=None, length=None, blocks=1):
    """An encoder, with padding where it has a length."""
    weights: Weights = {}
    options = {
        "inputs": 3,
        "outputs": 2,
        "width": 8,
        "heads": 2,
        "blocks": blocks,
        "feed_forward": 12,
        "summary": summary,
        "positions": positions,
    }
    embedding = of("embedding", nn.Linear(3, 8), weights)
    token = nn.Parameter(torch.randn(1, 8).float().double())
    if summary == "token":
        weights["token"] = token
    encoder = [encoder_block(f"encoder.{i}", weights) for i in range(blocks)]
    norm = of("norm", nn.LayerNorm(8), weights)
    last = of("last", nn.Linear(8, 2), weights)

    def run(x):
        h = embedding(x)
        if positions:
            place = torch.arange(len(x))[:, None]
            angle = place / 10_000 ** (torch.arange(0, 8, 2) / 8)
            h = h + torch.stack([angle.sin(), angle.cos()], -1).flatten(1)
        padding = torch.arange(len(x)) >= (length or len(x))
        if summary == "token":
            h = torch.cat([token, h])
            padding = F.pad(padding, (1, 0))
        for block in encoder:
            h = block(h[:, None], src_key_padding_mask=padding[None])[:, 0]
        h = norm(h)
        real = h[~padding]
        return {
            "items": lambda: torch.where(padding[:, None], 0, last(h)),
            "token": lambda: last(h[0]),
            "mean": lambda: last(real.mean(0)),
            "maximum": lambda: last(real.amax(0)),
        }[summary]()

    return "attention", options, weights, run, (5, 3)


CASES = {
    "mlp": lambda: mlp(None, "relu", residual=False),
    "mlp_layer_norm_residual": lambda: mlp("layer", "gelu", residual=True),
    "mlp_rms_norm": lambda: mlp("rms", "tanh", residual=False),
    "tabular": tabular,
    "conv_1d": lambda: conv((11,), summary="maximum", norm="group"),
    "conv_2d_channels": lambda: conv((9, 8, 2), dimensions=2, norm="group"),
    "conv_3d": lambda: conv((4, 5, 4), pooling="average", summary="average"),
    "conv_residual": conv_residual,
    "unet_1d": lambda: unet((10,), 1, 1),
    "unet_2d_channels": lambda: unet((7, 9, 2), 2, 2),
    "plain": lambda: recurrent("plain", bidirectional=False, summary="final"),
    "gru": lambda: recurrent("gru", bidirectional=True, summary="final", length=4),
    "lstm": lambda: recurrent("lstm", bidirectional=True, summary="steps", length=4),
    "attention_mean": lambda: attention("mean", length=3, blocks=2),
    "attention_token": lambda: attention("token", length=4, positions="sine"),
    "attention_items": lambda: attention("items", length=4),
}


# Items of a sample that are real, where the others are padding.
LENGTHS = {"gru": 4, "lstm": 4, "attention_mean": 3, "attention_token": 4}
LENGTHS["attention_items"] = 4

# Cases with gradients.
SLOPED = ("mlp_layer_norm_residual", "conv_1d", "lstm", "attention_token")


def numbers(name: str, seed: int) -> dict[str, np.ndarray]:
    """Return what the file holds of one case."""
    torch.manual_seed(seed)
    net, options, weights, run, sample = CASES[name]()
    given = isinstance(sample[0], float)
    x = torch.tensor(sample) if given else torch.randn(sample).float().double()
    x.requires_grad_()
    y = run(x)
    pull = torch.randn_like(y).float().double()
    leaves = {key: tensor for key, tensor in weights.items() if tensor.is_leaf}
    slopes = torch.autograd.grad((y * pull).sum(), [x, *leaves.values()])
    specification = {"net": net, "options": options, "sloped": list(leaves)}
    found = {
        "specification": np.array(json.dumps(specification)),
        "x": x.detach().numpy().astype(np.float32),
        "y": y.detach().numpy(),
    }
    if name in SLOPED:
        found["pull"] = pull.numpy()
        found["slope"] = slopes[0].numpy()
        found["slopes"] = torch.cat([s.flatten() for s in slopes[1:]]).numpy()
    if name in LENGTHS:
        found["mask"] = np.arange(len(x)) < LENGTHS[name]
    for key, tensor in weights.items():
        found[f"weights/{key}"] = tensor.detach().numpy().astype(np.float32)
    return {f"{name}/{key}": array for key, array in found.items()}


def activations() -> dict[str, np.ndarray]:
    """Return the activations and their derivatives on a grid."""
    x = torch.linspace(-6, 6, 49, requires_grad=True)
    found = {"activations/x": x.detach().numpy()}
    for name, function in ACTIVATIONS.items():
        y = function(x)
        (slope,) = torch.autograd.grad(y.sum(), x)
        found[f"activations/{name}"] = y.detach().numpy()
        found[f"activations/{name}/slope"] = slope.numpy()
    return found


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    arrays = activations()
    for number, case in enumerate(CASES):
        arrays |= numbers(case, number)
    OUT.parent.mkdir(exist_ok=True)
    np.savez_compressed(OUT, **arrays)
