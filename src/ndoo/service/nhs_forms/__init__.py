"""Form fields that bring their NHS component with them."""
