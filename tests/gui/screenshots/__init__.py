"""Pictures of the window for the documentation, of a real one with real people and files: `make screenshots`."""
