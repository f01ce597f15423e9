"""How the public hears of news: an archive of updates, and e-mail to those who asked for it twice."""
