"""A dataset in, a dataset out: without the people who opted out, complete or absent, and provable."""
