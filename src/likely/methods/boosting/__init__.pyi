from .boosting import (
    Boosting as Boosting,
    features_of_trees as features_of_trees,
    refuse_minimiser as refuse_minimiser,
)
from .losses import boosted_loss as boosted_loss
from .train import boost as boost
