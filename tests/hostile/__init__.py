"""Every way to cheat that a server has, tried against the real client: docs/security.md says whose idea each was."""
