"""Prose by an LLM: what it writes is shown only where sentences of the articles prove it."""
