"""The wire: one file a resource, and what they share."""
