"""Studies like the one at hand, drawn from its own solution: how far what is said of it may stray, and what viewpoints are beyond their own sorts."""
