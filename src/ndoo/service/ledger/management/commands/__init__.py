"""`keep_ledger`, which `ndoo serve` runs beside web and worker."""
