"""What was done, in a form that can be checked later: the manifest and its seal."""
