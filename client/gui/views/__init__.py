"""Views: they render a presenter's state, and tell it what the person wants."""
