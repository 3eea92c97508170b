"""What an operator does on the server's machine: `sealcase-server admin ...`, one room a topic."""
