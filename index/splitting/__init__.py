"""An article's text becomes sentences and passages."""
