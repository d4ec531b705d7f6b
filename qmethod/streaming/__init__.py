"""The method on sorts that do not fit into memory: walks through them in chunks."""
