from .shape import AbstractShape as AbstractShape
from .product import Product as Product
from .sum import Sum as Sum
