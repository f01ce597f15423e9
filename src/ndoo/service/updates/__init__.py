"""How does the public hear of news? An archive of updates, and e-mail to those who asked for it twice."""
