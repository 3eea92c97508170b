"""The desktop window, the command line, and what they share. All cryptography happens here, on the person's machine."""
