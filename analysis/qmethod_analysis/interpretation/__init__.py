"""What a solution means: the crib sheet of each viewpoint, its story, the background of the people."""
