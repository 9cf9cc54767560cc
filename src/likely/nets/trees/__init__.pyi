from .boosted_trees import BoostedTrees as BoostedTrees
