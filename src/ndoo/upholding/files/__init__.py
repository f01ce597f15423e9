"""The engine for one file: text, Parquet, Arrow or an Excel workbook, which comes out as CSV."""
