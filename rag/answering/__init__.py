"""Evidence becomes an answer or an abstention."""
