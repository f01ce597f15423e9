"""How does the service write to a person? By e-mail or text message, through whoever carries them."""
