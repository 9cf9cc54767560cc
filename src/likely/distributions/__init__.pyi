from .shape import AbstractShape as AbstractShape
