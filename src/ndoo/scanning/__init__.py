"""Finds confidential patient information in a file, a folder or a database. Read only; findings hold no value."""
