"""Upholds an extract from the console. An upload, a job with progress, a result with its certificate, the evidence."""
