"""A file of any kind as rows and columns."""
