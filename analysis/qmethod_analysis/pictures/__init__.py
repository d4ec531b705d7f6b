"""Pictures of a solution, as SVG."""
