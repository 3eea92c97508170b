"""The process that moves files beside the window, so that sealing them never holds the window up."""
