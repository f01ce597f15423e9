"""The national check through MESH: asking safely, and answering as the national service does."""
