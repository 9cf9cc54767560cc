"""The events of the examples, drawn with NumPy, so that RooFit can have the same."""

import numpy as np

Columns = dict[str, np.ndarray]


def sample(name: str) -> Columns:
    """Return the columns of one example, for instance of "rf101"."""
    return _SAMPLES[name](np.random.default_rng(int(name[2:5])))


def _gauss(rng, mu, sigma, n, lower, upper):
    """Return a Gaussian on a range."""
    x = rng.normal(mu, sigma, 4 * n + 100)
    return x[(x > lower) & (x < upper)][:n]


def _exponential(rng, slope, n, lower, upper):
    """Return an exponential on a range."""
    length = upper - lower
    return lower + np.log1p(rng.random(n) * np.expm1(slope * length)) / slope


def _drawn(rng, density, n, lower, upper):
    """Return draws from any density of one variable, by accepting some."""
    top = 1.01 * density(np.linspace(lower, upper, 2001)).max()
    x = rng.uniform(lower, upper, 40 * n)
    return x[rng.random(len(x)) * top < density(x)][:n]


def _chebyshev(a0, a1, lower, upper):
    return lambda x: np.polynomial.chebyshev.chebval(
        (2 * x - lower - upper) / (upper - lower), [1, a0, a1]
    )


def _rf101(rng):
    return {"x": _gauss(rng, 1.0, 3.0, 10_000, -10, 10)}


def _rf102(rng):
    return {"x": rng.normal(0.0, 3.0, 1000), "y": rng.uniform(-15.0, 15.0, 1000)}


def _rf103(rng):
    def wave(x):
        return 1 + 0.1 * np.abs(x) + np.sin(np.sqrt(np.abs(5 * x + 0.1)))

    return {"x": _drawn(rng, wave, 10_000, -20, 20), "y": rng.normal(10.0, 3.0, 10_000)}


def _rf104(rng):
    def own(y):
        return np.abs(y) + (y - 2) ** 2

    return {"y": _drawn(rng, own, 1000, -10, 10)}


def _rf105(rng):
    return {"x": rng.beta(5.0, 2.0, 10_000)}


def _rf109(rng):
    return {"x": _gauss(rng, 0.0, 3.0, 10_000, -10, 10)}


def _peaks(rng, n, *, a1=0.0):
    """Return two Gaussians on a polynomial, the model of a dozen tutorials."""
    return {
        "x": np.concatenate(
            [
                _drawn(rng, _chebyshev(0.5, a1, 0, 10), n // 2, 0, 10),
                rng.normal(5.0, 0.5, 4 * n // 10),
                rng.normal(5.0, 1.0, n // 10),
            ]
        )
    }


def _rf201(rng):
    return _peaks(rng, 1000, a1=0.2)


def _rf203(rng):
    return {"x": np.append(rng.normal(0.0, 1.0, 4000), rng.uniform(-10.0, 10.0, 6000))}


def _rf204(rng):
    return {"x": _exponential(rng, -0.04, 10_000, 10, 100)}


def _rf208(rng):
    # As Landau distributed numbers are: the quotient of Chambers, Mallows and Stuck.
    phi, w = rng.uniform(-np.pi / 2, np.pi / 2, 12_000), rng.exponential(size=12_000)
    half = np.pi / 2 + phi
    landau = half * np.tan(phi) - np.log(np.pi / 2 * w * np.cos(phi) / half)
    t = 5.0 + 2 / np.pi * landau * np.pi / 2 + rng.normal(0.0, 2.0, 12_000)
    return {"t": t[(t > -10) & (t < 30)][:10_000]}


def _rf209(rng):
    width = np.where(rng.random(6000) < 0.5, 1.0, 5.0)
    t = rng.exponential(1.548, 6000) + rng.normal(0.0, width)
    return {"dt": t[(t > -10) & (t < 20)][:5000]}


def _rf212(rng):
    return {"x": _exponential(rng, -0.1337, 1000, 1, 30)}


def _rf301(rng):
    y = rng.uniform(-5.0, 5.0, 12_000)
    x = rng.normal(-0.5 - 0.5 * y, 0.5)
    inside = np.abs(x) < 5
    return {"x": x[inside][:5000], "y": y[inside][:5000]}


def _rf303(rng):
    y = rng.normal(0.0, 10.0, 20_000)
    x = rng.normal(0.5 * y, 1.0)
    inside = (np.abs(y) < 10) & (np.abs(x) < 10)
    return {"x": x[inside][:5000], "y": y[inside][:5000]}


def _rf304(rng):
    return {
        "x": _gauss(rng, 2.0, 1.0, 5000, -5, 5),
        "y": _gauss(rng, -2.0, 5.0, 5000, -5, 5),
    }


def _rf305(rng):
    y = _gauss(rng, 0.0, 3.0, 7000, -5, 5)
    x = rng.normal(-0.5 - 0.5 * y, 0.5)
    inside = np.abs(x) < 5
    return {"x": x[inside][:5000], "y": y[inside][:5000]}


def _rf306(rng):
    dterr = 0.7 + rng.gamma(2.0, 0.3, 6000)
    dt = rng.exponential(1.548, 6000) + rng.normal(0.0, dterr)
    inside = np.abs(dt) < 10
    return {"dt": dt[inside][:5000], "dterr": dterr[inside][:5000]}


def _rf312(rng):
    x = np.append(rng.normal(1.0, 1.0, 5000), rng.uniform(-10.0, 10.0, 5000))
    y = np.append(rng.normal(1.0, 1.0, 5000), rng.uniform(-10.0, 10.0, 5000))
    return {"x": x, "y": y}


def _rf316(rng):
    n, columns = 5000, {}
    for name, slope in (("x", -0.1), ("y", 0.1), ("z", 0.0)):
        curve = _drawn(
            rng, lambda v, a=slope: 1 + a * v - 0.04 * a * v * v, 9 * n // 10, -5, 5
        )
        columns[name] = np.append(_gauss(rng, 0.0, 1.0, n // 10, -5, 5), curve)
    return columns


def _rf403(rng):
    x = rng.uniform(-10.0, 10.0, 1000)
    return {"x": x, "w": x * x + 10}


def _rf501(rng):
    physics = np.append(
        rng.normal(0.0, 0.3, 200),
        _drawn(rng, _chebyshev(-0.1, 0.004, -8, 8), 800, -8, 8),
    )
    control = np.append(
        rng.normal(-3.0, 0.3, 1000),
        _drawn(rng, _chebyshev(-0.1, 0.5, -8, 8), 1000, -8, 8),
    )
    return {
        "x": np.append(physics, control),
        "sample": np.repeat([0, 1], [len(physics), len(control)]),
    }


def _rf504(rng):
    def run(mean):
        line = _drawn(rng, lambda v: 1 + 0.02 * v, 500, -10, 10)
        return np.append(rng.normal(mean, 1.0, 500), line)

    return {
        "x": np.append(run(-3.0), run(3.0)),
        "run": np.repeat([1, 2], 1000),
    }


def _rf601(rng):
    return {"x": np.append(rng.normal(0, 3.0, 5000), rng.normal(0, 5.0, 5000))}


def _rf602(rng):
    return _peaks(rng, 10_000, a1=0.2)


def _rf604(rng):
    return {"x": np.append(rng.normal(0.0, 2.0, 25), rng.uniform(-10.0, 10.0, 25))}


def _rf607(rng):
    return _peaks(rng, 20_000, a1=0.2)


def _rf608(rng):
    return {"x": np.append(rng.normal(0, 2.0, 500), rng.normal(0, 4.0, 500))}


def _rf612(rng):
    def cubic(x):
        return 1 - 0.5 * x + 0.2 * x**2 + 0.01 * x**3

    return {"x": _drawn(rng, cubic, 10_000, -15, 15)}


def _rf614(rng):
    return {"x": _exponential(rng, -1.8, 10_000, 0.1, 5.1)}


def _rf616(rng):
    return {"x": rng.normal(2.5, 1.5, 1000)}


def _rf703(rng):
    t = rng.exponential(1 / 1.54, 40_000)
    seen = rng.random(40_000) < 0.5 * (np.tanh((t - 1) / 0.5) + 1)
    return {"t": t[seen & (t < 5)][:5000]}


def _rf706(rng):
    def curve(x):
        return 1 - x / 1.0 * 0.15 + 0.0075 * x**2

    mc = _drawn(rng, curve, 500, 0, 20)
    return {
        "x": np.append(_drawn(rng, curve, 1800, 0, 20), rng.normal(10, 1, 200)),
        "mc": mc,
    }


def _rf708(rng):
    t = rng.exponential(1.547, 5000)
    same = rng.random(5000) < 0.5 * (1 + 0.8 * np.cos(0.472 * t))
    dt = t + rng.normal(0.0, 0.2, 5000)
    inside = dt < 15
    return {"dt": dt[inside], "tag": np.where(same, 1, -1)[inside]}


def _rf709(rng):
    return {
        "x": np.append(rng.normal(1.0, 1.5, 50), rng.uniform(-20.0, 20.0, 1000)),
        "signal": rng.normal(1.0, 1.5, 50),
        "background": rng.uniform(-20.0, 20.0, 10_000),
    }


_SAMPLES = {name[1:]: f for name, f in globals().items() if name.startswith("_rf")}
