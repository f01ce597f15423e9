"""Excel workbooks, which are read and never written."""
