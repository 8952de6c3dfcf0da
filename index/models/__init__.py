"""The encoder, and the model that comes with Beleg."""
