from .constraint import GaussConstraint as GaussConstraint
from .fit import fit as fit
from .likelihood import Likelihood as Likelihood, LikelihoodObjective as LikelihoodObjective
from .minuit import Minuit as Minuit
from .newton import Newton as Newton
