"""Linked tables: a folder of tables that lead to one another by keys, upheld as one."""
