from .catalogue import (
    bundled_folder as bundled_folder,
    bundled_studies as bundled_studies,
    bundled_text as bundled_text,
)
from .checking import Check as Check, check as check
from .learning import LearningStudy as LearningStudy, Predicted as Predicted
from .learning.exporting import export as export
from .learning.predict import predict as predict
from .loading import load as load
from .running import Run as Run, run as run
from .skeleton import template as template
from .splotting import Splot as Splot, splot as splot
from .study import Study as Study
from .toy_study import ToyStudy as ToyStudy
from .trials import search as search
