"""What did an exclusion do to a cohort? Counted by group, compared, small numbers withheld, and told in words and pictures."""
