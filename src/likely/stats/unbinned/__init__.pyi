from .likelihoods import likelihood_test as likelihood_test
from .mixed_sample import (
    mixed_sample_limit as mixed_sample_limit,
    mixed_sample_test as mixed_sample_test,
)
from .outcome import UnbinnedTest as UnbinnedTest
from .point_to_point import point_to_point_test as point_to_point_test
from .transformed import (
    anderson_darling_test as anderson_darling_test,
    kolmogorov_smirnov_test as kolmogorov_smirnov_test,
)
