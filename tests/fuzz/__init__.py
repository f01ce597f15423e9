"""Bytes that nobody thought of, steered by the code that they reach: every outcome is a refusal or a release without anybody withheld."""
