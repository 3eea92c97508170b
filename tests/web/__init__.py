"""The pages' JavaScript: its own tests run on Node, and what is built of it."""
