"""The pages of the settings, without Tk, mostly against a real server."""
