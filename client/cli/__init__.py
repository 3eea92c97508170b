"""The `sealcase` command: options in, actions called, results on stdout, everything else on stderr."""
