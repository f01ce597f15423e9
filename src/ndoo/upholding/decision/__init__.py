"""Which rows are kept, removed or held, and whom they name."""
