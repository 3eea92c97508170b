"""Where bodies of files are kept."""
