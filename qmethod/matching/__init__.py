"""Which viewpoint is which: congruence, comparison, classification, short sets, and the same sorts under other choices."""
