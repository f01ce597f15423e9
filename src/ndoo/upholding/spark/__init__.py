"""Datasets of Spark: a frame in a notebook, a folder of Parquet. The same SQL as in a database, on every executor."""
