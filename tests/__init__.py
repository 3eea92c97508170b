"""Tests, as one package, so that `tests.shared` never shadows `shared`."""
