"""The other systems that may ask this service, what for, and how they prove who they are."""
