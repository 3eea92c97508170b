"""The process that moves files, with real files and a real server."""
