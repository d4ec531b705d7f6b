"""Which viewpoint is which: congruence, comparison, and the same sorts under other choices."""
