"""Numbers of people who may not be released, in the other cells of rows that stay."""
