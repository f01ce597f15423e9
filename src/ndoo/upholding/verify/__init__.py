"""What `ndoo verify` asks of a release, and what is found in it."""
