from .bootstrap_fits import Bootstrap as Bootstrap, bootstrap as bootstrap
from .jackknife_fits import Jackknife as Jackknife, jackknife as jackknife
