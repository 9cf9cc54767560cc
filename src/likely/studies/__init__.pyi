from .catalogue import (
    bundled_folder as bundled_folder,
    bundled_studies as bundled_studies,
    bundled_text as bundled_text,
)
from .checking import Check as Check, check as check
from .running import Run as Run, run as run
from .skeleton import template as template
from .study import Study as Study, load as load
