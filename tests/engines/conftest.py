"""Fixtures of the engines' suite."""

from tests.engines.databases import place

__all__ = ["place"]
