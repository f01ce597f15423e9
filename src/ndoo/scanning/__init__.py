"""What confidential patient information stands in a file, a folder or a database? Read only; findings hold no value."""
