"""The Settings tab: a presenter for each of its pages."""
