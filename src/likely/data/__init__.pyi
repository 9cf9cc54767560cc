from .dataset import Dataset as Dataset, Source as Source, concatenate as concatenate
from .format import AbstractFormat as AbstractFormat
from .formats import format_of as format_of
from .location import Location as Location, locate as locate
from .reading import read as read
from .recipe import Recipe as Recipe
from .writing import write as write
