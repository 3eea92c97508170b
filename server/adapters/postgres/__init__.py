"""Everything that must not be lost, in PostgreSQL: for any number of nodes, and as many files as its disk holds."""
