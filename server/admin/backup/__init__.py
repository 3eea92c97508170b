"""Backup and restore of a data folder. The layout is described in docs/self-hosting.md."""
