"""Delimited text: how it is written, read in blocks, decided on piece by piece, and written back byte for byte."""
