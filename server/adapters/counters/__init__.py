"""Counting requests, for limits."""
