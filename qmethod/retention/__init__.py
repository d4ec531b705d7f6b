"""How many viewpoints the sorts hold, by every criterion."""
