"""rf207, rf514: what a model is made of, and the same model with a part replaced."""

import equinox as eqx
from events import sample
from peaks import model, x

import likely as lk
from likely.core import ParameterSpace
from likely.distributions import Gauss, Sum

print("observables", model.observables)
print("parameters", ParameterSpace.of(model).names)
print("components", list(model.components))

single = Gauss(x, lk.Parameter("mean", 5, 4, 6), lk.Parameter("sigma", 0.6, 0.1, 2))
edited = eqx.tree_at(lambda m: m.densities[1], model, single)
assert isinstance(edited, Sum)
result = lk.fit(edited, sample("rf201"))
print(result)
