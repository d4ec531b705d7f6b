"""What was chosen: the recipe of an analysis, the files it reads, the researcher's own words."""
