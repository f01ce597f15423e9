"""How does the console uphold an extract? An upload, a job with progress, a result with its certificate, the evidence."""
