"""NHS numbers in bulk: whole columns validated, sets of people, and the decision on each row."""
