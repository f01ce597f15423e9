"""Parquet and Arrow: the only room that reads them, and the only one that builds what is written of them."""
