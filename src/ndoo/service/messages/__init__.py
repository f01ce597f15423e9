"""Writes to a person, by e-mail or text message, through whoever carries them."""
