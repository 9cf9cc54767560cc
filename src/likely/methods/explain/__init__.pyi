from .activation import (
    ActivationMaximum as ActivationMaximum,
    activation_maximisation as activation_maximisation,
)
from .attribution import Attribution as Attribution
from .columns import grouped as grouped
from .covering import Occlusion as Occlusion, occlusion as occlusion
from .dependence import (
    PartialDependence as PartialDependence,
    partial_dependence as partial_dependence,
)
from .games import MOST_EXACT as MOST_EXACT, shapley as shapley
from .image_gradients import (
    SmoothGradients as SmoothGradients,
    saliency as saliency,
    smooth_gradients as smooth_gradients,
)
from .paths import integrated_gradients as integrated_gradients
from .shuffling import (
    PermutationImportance as PermutationImportance,
    permutation_importance as permutation_importance,
)
