"""A backup of the whole service: database, heads of the ledger, keys, records and jobs, as one folder that is checked."""
