"""A list in, a cleaned list out: read, recognised for what it is, and found fresh enough, or refused."""
