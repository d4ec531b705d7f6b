"""Q sorts with cards on a table: what is printed for it, and a sort read from a photograph of it."""
