"""The window as a folder that needs no Python, built and tried out by `make desktop-bundle`."""
