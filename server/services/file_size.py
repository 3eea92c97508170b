"""How large a file may be on this server."""

from server.errors import TooLarge


def check_file_size(size: int, largest: int) -> None:
    """Both in sealed bytes; `largest` 0 for no limit. Raises `TooLarge`."""
    if largest and size > largest:
        raise TooLarge(f"This server takes files of up to {largest} sealed bytes.")
