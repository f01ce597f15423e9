"""The pages on which a person proves who they are, and sees, sets or changes their choice."""
