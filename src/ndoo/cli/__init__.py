"""The command line: one file per command, which parses, calls, and says what happened."""
