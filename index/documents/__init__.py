"""Files become Articles: one module a format."""
