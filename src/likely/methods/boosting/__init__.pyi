from .boosting import (
    Boosting as Boosting,
    features_of_trees as features_of_trees,
)
from .losses import boosted_loss as boosted_loss
from .train import boost as boost, boost_or_fit as boost_or_fit
