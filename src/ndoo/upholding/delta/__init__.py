"""The engine of Delta tables: one version is read by its log, and a new table without a history is released."""
