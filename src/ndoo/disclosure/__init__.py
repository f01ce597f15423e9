"""What published figures give away: what statistics and reports on a cohort judge alike."""
