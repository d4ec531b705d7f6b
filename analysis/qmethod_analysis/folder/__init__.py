"""An analysis as its folder holds it: the listing of its files, and reading them back."""
