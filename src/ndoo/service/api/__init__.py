"""The HTTP API for other systems: its rooms put together under one address."""
