"""Short-lived state in Redis, as far as it may be lost with it; the rest stays with a keeper that loses nothing.

Redis forgets when it is flushed, and when it falls back to a copy. So it holds three kinds of things:
- emailed codes, and nobody else does: lost, they are asked for anew; while Redis is away nobody can sign in.
- copies of sessions: the keeper has the truth, and is asked where Redis has no copy or is away. A change first puts
  a mark where copies lie, which keeps anybody from making one of what is just changing; without Redis, no change.
- what it counts (`adapters/counters`).
Locks and the claimed places of limited downloads are the keeper's: forgotten, they would let two in where one may.
"""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from functools import partial
from typing import Protocol, TypeVar, cast

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from server.adapters.breaker import Breaker
from server.errors import Unavailable
from server.ports import Clock, Entry, Ephemeral

T = TypeVar("T")

FLEETING = ("code:",)
"""Keys that only Redis has."""
COPIED = ("session:", "sessions:")
"""Keys of which Redis has copies."""
_ANSWER_SECONDS = 2.0
_PREFIX = "sealcase:"
_CHANGING = b"changing"
_CHANGING_SECONDS = 60
"""Longer than a change in the keeper can take."""
_COPY_SECONDS = 60
_SWAP = """
local seen = redis.call('GET', KEYS[1])
if (ARGV[1] == '' and seen == false) or seen == ARGV[1] then
  if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
  return 1
end
return 0
"""
"""Puts a value in place of another in one step; '' stands for none."""


class Keeper(Ephemeral, Protocol):
    """An `Ephemeral` that loses nothing, and says when a value ends."""

    def entry(self, key: str) -> Entry | None:
        """The value with its end, or None where there is none or its time is over."""


def connected(address: str) -> "Redis":
    """A client for `address` (redis://, rediss:// or unix://). Raises `ValueError` where it is none."""
    return Redis.from_url(
        address,
        socket_timeout=_ANSWER_SECONDS,
        socket_connect_timeout=_ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 1),  # a connection that ended while nobody used it
    )


class RedisEphemeral:
    """An `Ephemeral` for any number of nodes. What only Redis has raises `Unavailable` while it is away."""

    def __init__(
        self,
        client: "Redis",
        keeper: Keeper,
        clock: Clock,
        fleeting: tuple[str, ...] = FLEETING,
        copied: tuple[str, ...] = COPIED,
    ) -> None:
        self._redis = client
        self._keeper = keeper
        self._clock = clock
        self._fleeting = fleeting
        self._copied = copied
        self._swap = client.register_script(_SWAP)
        self._breaker = Breaker(
            "Codes and sessions can't be reached right now. Nothing is lost; try again in a moment."
        )

    def get(self, key: str) -> bytes | None:
        if key.startswith(self._fleeting):
            return self._value(self._stored(key))
        if key.startswith(self._copied):
            return self._copied_value(key)
        return self._keeper.get(key)

    def update(self, key: str, change: Callable[[bytes | None], tuple[Entry | None, T]]) -> T:
        if key.startswith(self._fleeting):
            return self._update_fleeting(key, change)
        if key.startswith(self._copied):
            self._ask(lambda: self._redis.set(_name(key), _CHANGING, ex=_CHANGING_SECONDS))
        return self._keeper.update(key, change)

    def lock(self, key: str, wait_seconds: float) -> AbstractContextManager[None]:
        return self._keeper.lock(key, wait_seconds)

    def sweep(self) -> None:
        """Redis lets go of everything by itself, by its own clock; codes also by ours."""
        self._keeper.sweep()
        for prefix in self._fleeting:
            for name in self._ask(partial(self._names, prefix)):
                stored = cast("bytes | None", self._ask(partial(self._redis.get, name)))
                if stored is not None and self._value(stored) is None:
                    self._ask(partial(self._swapped, name, stored, None))

    def _names(self, prefix: str) -> list[bytes]:
        return list(self._redis.scan_iter(f"{_PREFIX}{prefix}*", 1_000))

    def _update_fleeting(self, key: str, change: Callable[[bytes | None], tuple[Entry | None, T]]) -> T:
        while True:
            stored = self._stored(key)
            entry, result = change(self._value(stored))
            if self._ask(partial(self._swapped, _name(key), stored, entry)):
                return result

    def _swapped(self, name: str | bytes, seen: bytes | None, entry: Entry | None) -> bool:
        """Whether `entry` took the place of what was `seen`; not, where somebody was quicker."""
        new, milliseconds = b"", 0
        if entry is not None:
            new = _packed(entry)
            milliseconds = max(1, int(1_000 * (entry.expires_at - self._clock.now())))
        return bool(self._swap(keys=[name], args=[seen or b"", new, milliseconds]))

    def _copied_value(self, key: str) -> bytes | None:
        """From Redis; else from the keeper, and then a copy is made, unless somebody is changing it."""
        try:
            stored = self._stored(key)
        except Unavailable:
            return self._keeper.get(key)
        if stored is not None and stored != _CHANGING:
            return self._value(stored)
        entry = self._keeper.entry(key)
        if stored is None and entry is not None:
            with suppress(Unavailable):
                self._ask(lambda: self._redis.set(_name(key), _packed(entry), ex=_COPY_SECONDS, nx=True))
        return None if entry is None else entry.value

    def _stored(self, key: str) -> bytes | None:
        return cast("bytes | None", self._ask(lambda: self._redis.get(_name(key))))

    def _value(self, stored: bytes | None) -> bytes | None:
        if stored is None:
            return None
        expires_at, _, value = stored.partition(b"\n")
        return value if float(expires_at) > self._clock.now() else None

    def _ask(self, question: Callable[[], T]) -> T:
        """Raises `Unavailable`."""
        self._breaker.check()
        try:
            return question()
        except RedisError:
            raise self._breaker.tripped() from None


def _packed(entry: Entry) -> bytes:
    return b"%.6f\n" % entry.expires_at + entry.value


def _name(key: str) -> str:
    """The kind of a thing is readable, whose it is is not."""
    kind = key.partition(":")[0]
    return f"{_PREFIX}{kind}:{hashlib.sha256(key.encode()).hexdigest()}"
