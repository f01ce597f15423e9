"""SQLite for the register: who writes waits in turn."""
