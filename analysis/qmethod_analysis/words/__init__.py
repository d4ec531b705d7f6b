"""Words that every room uses: what viewpoints are called and coloured, plain sentences about a solution."""
