from .course import (
    SAMPLERS as SAMPLERS,
    Plan as Plan,
    run_search as run_search,
)
from .found import Search as Search
from .functions import outcome as outcome, search_function as search_function
from .journal import Journal as Journal
from .pool import (
    AbstractPool as AbstractPool,
    Evaluate as Evaluate,
    InTurn as InTurn,
    Outcome as Outcome,
    Task as Task,
)
from .pruning import Watch as Watch, bars_of as bars_of
from .sampler import (
    AbstractSampler as AbstractSampler,
    GridSampler as GridSampler,
    RandomSampler as RandomSampler,
)
from .space import (
    AbstractDomain as AbstractDomain,
    Choices as Choices,
    Range as Range,
    Space as Space,
    domain_of as domain_of,
)
from .tree_parzen import TreeParzenSampler as TreeParzenSampler
from .trial import Trial as Trial
from .workers import (
    OnWorkers as OnWorkers,
    check_workers as check_workers,
    environment as environment,
    pool_of as pool_of,
    share_the_machine as share_the_machine,
)
