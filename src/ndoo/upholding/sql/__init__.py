"""SQL that reads NHS numbers and decides on rows, for databases and for Spark's frames."""
