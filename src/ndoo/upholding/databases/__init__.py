"""Datasets that stay where they are: tables of a database and of Spark. The filter goes to the data."""
