"""The queue of transfers, with works that do as they are told."""
