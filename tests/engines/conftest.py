"""Fixtures of the engines' suite."""

from tests.engines.databases import place
from tests.engines.sparks import spark

__all__ = ["place", "spark"]
