"""The files that come in: their bytes, what they are packed in, and what is none of those that are upheld."""
