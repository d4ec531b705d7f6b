"""A sort from a table, typed in: the numbers of its cards column by column, and once more by somebody else."""
