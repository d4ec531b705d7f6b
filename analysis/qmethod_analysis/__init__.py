"""The desk: recipes, tables, pictures, reports and the command line. `qmethod` offers what is public of it."""
