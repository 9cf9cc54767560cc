from .core import LikelyError as LikelyError
