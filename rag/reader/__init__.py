"""Which sentences answer a question, and how surely."""
