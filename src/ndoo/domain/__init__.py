"""The words that every room shares; the standard library only."""
