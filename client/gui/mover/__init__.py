"""The process that moves files beside the window, so that sealing them never holds the window up."""

WORD = "--move-files"
"""By which our own program, started with it alone, knows that it is this process and no window."""
