"""Which counts are too small to be told, and what whoever knows the method must be left to guess of each."""

from __future__ import annotations

SMALL = range(1, 8)
"""NHS Digital's method since September 2018: 1 to 7 are suppressed."""
FEWEST_VALUES = 5
"""A small count must be left at least so many values."""
