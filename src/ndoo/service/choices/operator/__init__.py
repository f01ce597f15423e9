"""The operator's desk: choices by telephone, and posted forms with a second person's approval."""
