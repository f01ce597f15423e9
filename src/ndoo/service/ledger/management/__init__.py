"""Commands of Django that the ledger adds."""
