"""Several nodes behind nginx, over one PostgreSQL, one Redis and one S3 store, while things go wrong."""
