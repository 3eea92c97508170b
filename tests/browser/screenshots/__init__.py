"""Pictures of the browser's pages, for the documents."""
