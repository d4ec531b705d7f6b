"""A site for readers who never heard of Q methodology: its pages, its pictures, the five cards, and the data to download."""
