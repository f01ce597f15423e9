"""How an output and what lies beside it get their names: complete, or absent."""
