"""Analyses made: from a recipe to a folder with everything in it."""
