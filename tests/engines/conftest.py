"""Fixtures of the engines' suite."""

from tests.engines.databases import place, postgresql
from tests.engines.sparks import spark

__all__ = ["place", "postgresql", "spark"]
