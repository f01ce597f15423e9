"""Shows whether anything that once stood in the record was changed, dropped or put in another order. A Merkle tree and its heads."""
