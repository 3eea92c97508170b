"""`admin doctor`: everything that the server leans on is tried out, through its own public address too."""
