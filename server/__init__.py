"""The server: keeps ciphertext and what belongs to it, and can read none of it."""
