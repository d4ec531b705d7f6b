"""How large and how small numbers may be that are worked with."""

LARGEST, SMALLEST = 1e50, 1e-50
"""Between these the products that correlations are made of can be held; beyond, they would come out as infinity or as nothing."""
