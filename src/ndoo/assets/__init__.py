"""What does an organisation hold and share, was it reviewed, and what does the evidence show? Readable from files alone."""
