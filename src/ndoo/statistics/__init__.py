"""How many people have opted out: the published tables, what may not stand in them, and a page that shows them."""
