"""How sure a solution is: the whole method on participants drawn anew."""
