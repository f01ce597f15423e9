"""How many people have opted out, as pages of the service: what `ndoo statistics` published, month by month."""
