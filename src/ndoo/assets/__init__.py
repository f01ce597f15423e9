"""What an organisation holds and shares, whether it was reviewed, and what the evidence shows: readable from files alone."""
