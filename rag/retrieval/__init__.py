"""A question becomes ranked sentences."""
