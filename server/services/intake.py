"""What every way into the server leans on: uploads in parts, whole, simple, and straight to a store."""

from dataclasses import dataclass

from server.errors import TooLarge
from server.ports import Clock, Ephemeral, Records
from server.services.activity import Activity
from server.services.quotas import Quotas
from server.services.stores import Stores
from server.services.user_ids import UserIds


@dataclass(frozen=True, slots=True)
class Intake:
    """Shared by the services that take files in; each has parts of its own beside it."""

    records: Records
    stores: Stores
    ephemeral: Ephemeral
    clock: Clock
    activity: Activity
    user_ids: UserIds
    quotas: Quotas
    max_file_size: int = 0
    """In sealed bytes; 0 for no limit."""

    def check_size(self, size: int) -> None:
        """Raises `TooLarge` for a file of so many sealed bytes."""
        if self.max_file_size and size > self.max_file_size:
            raise TooLarge(f"This server takes files of up to {self.max_file_size} sealed bytes.")
