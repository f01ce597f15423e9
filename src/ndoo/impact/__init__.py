"""What an exclusion did to a cohort: counted by group, compared, small numbers withheld, and told in words and pictures."""
