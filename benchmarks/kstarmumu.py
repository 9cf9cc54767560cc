"""Time the angular fit of B0 -> K*0 mu mu: likely and RooFit.

python benchmarks/kstarmumu.py --likely PYTHON --roofit PYTHON
"""

from pair import compare

HEAD = """\
# Angular fit of B0 -> K*0 mu mu

Written by `benchmarks/kstarmumu.py` (`make bench`): eight parameters, three angles, fit
with Hesse errors; RooFit evaluates the formula without a numerical integral. Times in
seconds. Warm is the fit again in the same process; cold is the first one, with nothing
in likely's compile cache.

| events | likely, warm | likely, cold | RooFit | ratio |
|---:|---:|---:|---:|---:|
"""

if __name__ == "__main__":
    compare("kstarmumu", HEAD, {n: f"{n:,}" for n in (1_000, 10_000, 100_000)})
