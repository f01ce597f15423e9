"""Was anything that once stood in the record changed, dropped or put in another order? A Merkle tree and its heads."""
