"""What the server does, one file a group of use cases."""
