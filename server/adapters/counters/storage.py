"""Counters behind the interface of the `limits` library, which brings Redis and others along."""

from collections.abc import Callable
from typing import TypeVar, cast

from limits.errors import ConfigurationError, StorageError
from limits.storage import Storage, storage_from_string

from server.adapters.breaker import Breaker
from server.adapters.counters.table import CounterTable
from server.ports import Window

T = TypeVar("T")

_ANSWER_SECONDS = 2.0


class TableStorage(Storage):
    """A `limits` storage over a table that the worker processes of one machine share."""

    STORAGE_SCHEME = None

    def __init__(self, table: CounterTable) -> None:
        super().__init__()
        self._table = table

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        return OSError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        return self._table.add(key, expiry, amount)

    def get(self, key: str) -> int:
        return self._table.read(key)[0]

    def get_expiry(self, key: str) -> float:
        return self._table.read(key)[1]

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        self._table.clear()
        return None

    def clear(self, key: str) -> None:
        self._table.forget(key)


class StorageCounter:
    """A `HitCounter` over any storage of the `limits` library."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._breaker = Breaker("The counters of requests are not available right now; try again in a moment.")

    def hit(self, key: str, seconds: int) -> int:
        return self._asked(lambda: self._storage.incr(key, seconds))

    def window(self, key: str) -> Window:
        return self._asked(lambda: Window(self._storage.get(key), self._storage.get_expiry(key)))

    def _asked(self, question: Callable[[], T]) -> T:
        self._breaker.check()
        try:
            return question()
        except StorageError:
            raise self._breaker.tripped() from None


def counter_at(address: str) -> StorageCounter:
    """The storage behind an address like `redis://localhost`. Raises `ValueError`, never with the address."""
    if address.startswith("unix:"):  # as everybody but this library calls it
        address = f"redis+{address}"
    waits: dict[str, float] = {}
    if address.startswith(("redis:", "rediss:", "redis+unix:")):
        waits = {"socket_timeout": _ANSWER_SECONDS, "socket_connect_timeout": _ANSWER_SECONDS}
    try:
        return StorageCounter(cast("Storage", storage_from_string(address, wrap_exceptions=True, **waits)))
    except (ConfigurationError, ImportError, ValueError):  # their texts may hold the address, with its password
        raise ValueError("it must be like redis://host:6379/0, rediss://... or unix://...") from None
