"""What both sides agree on: the shape of a sealed file, the wire, and (clients only) the cryptography."""
