"""Where the key log lies, and how it is signed."""
