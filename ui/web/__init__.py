"""The web chat and what programs can ask of it."""
