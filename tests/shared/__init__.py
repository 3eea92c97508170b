"""Tests of `shared`: the format, its cryptography, and the wire."""
