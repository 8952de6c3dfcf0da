"""Vectors and terms, searched and kept in a folder."""
