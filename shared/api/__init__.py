"""The wire between clients and server: models, stable error codes, limits."""
