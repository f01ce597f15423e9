"""The pages of `docs/` that are made from the code: `python -m handbook` writes them, `--check` says which one is old."""
