"""Several nodes behind nginx, over one PostgreSQL and one Redis, while things go wrong."""
