"""Uphold England's national data opt-out: no one who opted out is ever in a released file, and anyone can verify it."""

__version__ = "0.1.0"
