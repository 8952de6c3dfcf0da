"""One script a figure; each prints the command that reproduces it."""
