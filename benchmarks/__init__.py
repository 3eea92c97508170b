"""Sealcase against what people would use instead, side by side: `python -m benchmarks`."""
