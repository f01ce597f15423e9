"""Builds what is installed elsewhere: a wheel for each platform, a source distribution and their bill of materials."""
