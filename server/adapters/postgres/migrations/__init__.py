"""How a database comes to look as `schema.py` says, step by step."""
