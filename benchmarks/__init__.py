"""The scripts that measure and fit; the docstring of each has its command."""
