"""Columnar files: Parquet, alone and in folders, and Arrow, read and written back as they were."""
