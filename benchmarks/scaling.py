"""Time one simultaneous fit with 8 to 800 parameters: likely and RooFit.

python benchmarks/scaling.py --likely PYTHON --roofit PYTHON
"""

from pair import compare

HEAD = """\
# One fit with many parameters

Written by `benchmarks/scaling.py` (`make bench`): channels of two Gaussians and an
exponential, 2000 events and 8 parameters each, fitted at once, with Hesse errors. Times
in seconds. Warm is the fit again in the same process; cold is the first one, with
nothing in likely's compile cache.

| channels | parameters | likely, warm | likely, cold | RooFit | ratio |
|---:|---:|---:|---:|---:|---:|
"""

if __name__ == "__main__":
    compare("scaling", HEAD, {n: f"{n} | {8 * n}" for n in (1, 4, 16, 50, 100)}, 1)
