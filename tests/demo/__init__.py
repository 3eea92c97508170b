"""`make demo`: two people, one server, three files, and a search of the server's disk for what it must not hold."""
