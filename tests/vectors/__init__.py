"""Test vectors of the format, and what made them."""
