"""Coded entries of the GP record in, each patient's Type 1 status out: dissent, withdrawn, not recorded, or held."""
