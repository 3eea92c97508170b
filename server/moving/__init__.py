"""From JSON files to PostgreSQL: everything that a server keeps but the bytes of files, which stay where they are."""
