"""The pages from which a person learns what the choice is about."""
