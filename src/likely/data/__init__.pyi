from .binned import Binned as Binned
from .dataset import Dataset as Dataset, Source as Source, concatenate as concatenate
from .features import Features as Features
from .format import AbstractFormat as AbstractFormat
from .formats import format_of as format_of
from .histograms import as_binned as as_binned, read_histogram as read_histogram
from .images import Images as Images, Inputs as Inputs
from .labels import Labels as Labels
from .lazy import Stream as Stream, stream as stream
from .location import Location as Location, locate as locate
from .parts import folds as folds, split as split
from .reading import read as read
from .recipe import Part as Part, Recipe as Recipe
from .samples import Samples as Samples
from .splitting import (
    number_in_several as number_in_several,
    number_of as number_of,
    values_of as values_of,
)
from .stream_ahead import ahead as ahead, reading_thread as reading_thread
from .stream_size import should_stream as should_stream
from .writing import write as write
