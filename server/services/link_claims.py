"""Who is downloading by a link, and how far they got: the books of one link, as one short-lived value.

Nobody who comes with a link has a name, so each download is a claim. Where the link has a limit, a claim holds one of
the places that are left, for as long as bytes move. What claims were given that ended too early goes into a pool: when
that and another claim's bytes are a whole file together, it counts as delivered, so that no sum of broken-off downloads
is a free one. A claim that ends shortly before the end of a file has it whole: what is missing could be padding. Files
are known by their number in the link.
"""

import json
from dataclasses import dataclass, field, replace
from typing import Self

from server.ports import Entry
from server.services.downloads import Span, merged

Spans = dict[int, tuple[Span, ...]]

_TAIL_BYTES = 1 << 16


def link_claims_key(link_id: str) -> str:
    """Where the claims of a link are kept."""
    return f"link-claims:{link_id}"


@dataclass(frozen=True, slots=True)
class LinkClaim:
    """One download that is under way."""

    ends_at: float
    counted: bool = False
    """It has been counted, holds no place any more, and may fetch for a while what its line has lost, or it lacks."""
    complete: frozenset[int] = frozenset()
    """Files that were delivered to their end."""
    delivered: Spans = field(default_factory=dict)
    """What was delivered of the others."""
    under_way: frozenset[str] = frozenset()
    """Answers that were begun, and did not end yet."""
    over: bool = False
    """Its client wants no more: it counts as soon as anything was delivered."""
    given_back: bool = False
    """Its client breaks off: it ends with the last answer that is under way."""

    @property
    def began(self) -> bool:
        """Whether anything was delivered."""
        return bool(self.complete) or any(self.delivered.values())


@dataclass(frozen=True, slots=True)
class LinkClaims:
    """All claims of a link."""

    claims: dict[str, LinkClaim] = field(default_factory=dict)
    pool: Spans = field(default_factory=dict)
    """What was delivered to nobody who finished."""
    sizes: dict[int, int] = field(default_factory=dict)
    """Of the files that anything was delivered of."""

    @classmethod
    def read(cls, value: bytes | None) -> Self:
        if value is None:
            return cls()
        record = json.loads(value)
        claims = {
            name: LinkClaim(
                each["ends_at"],
                each["counted"],
                frozenset(each["complete"]),
                _spans(each["delivered"]),
                frozenset(each.get("under_way", ())),  # records of earlier versions lack these
                each.get("over", False),
                each.get("given_back", False),
            )
            for name, each in record["claims"].items()
        }
        sizes = {int(number): size for number, size in record.get("sizes", {}).items()}
        return cls(claims, _spans(record["pool"]), sizes)

    def entry(self, expires_at: float) -> Entry | None:
        """None where there is nothing to keep."""
        if not self.claims and not self.pool:
            return None
        claims = {
            name: {
                "ends_at": each.ends_at,
                "counted": each.counted,
                "complete": sorted(each.complete),
                "delivered": each.delivered,
                "under_way": sorted(each.under_way),
                "over": each.over,
                "given_back": each.given_back,
            }
            for name, each in self.claims.items()
        }
        record = {"claims": claims, "pool": self.pool, "sizes": self.sizes}
        return Entry(json.dumps(record).encode(), expires_at)

    @property
    def places(self) -> int:
        """How many are taken."""
        return sum(not claim.counted for claim in self.claims.values())

    def lapsed(self, now: float) -> list[str]:
        """Claims that nobody has renewed."""
        return [name for name, claim in self.claims.items() if claim.ends_at <= now]

    def put(self, name: str, claim: LinkClaim) -> Self:
        return replace(self, claims={**self.claims, name: claim})

    def without(self, name: str) -> Self:
        """The claim is over. What it was given goes into the pool, unless it has been counted."""
        claim = self.claims[name]
        pool = dict(self.pool)
        if not claim.counted and not claim.complete:
            for number, spans in claim.delivered.items():
                pool[number] = merged((*pool.get(number, ()), *spans))
        others = {each: kept for each, kept in self.claims.items() if each != name}
        return replace(self, claims=others, pool={number: spans for number, spans in pool.items() if spans})

    def delivered(self, name: str, number: int, span: Span, size: int) -> Self:
        """The claim was given `span` of file `number`, which has `size` bytes."""
        claim = self.claims[name]
        if number in claim.complete:
            return self
        own = merged((*claim.delivered.get(number, ()), span))
        noted = self.put(name, replace(claim, delivered={**claim.delivered, number: own}))
        return replace(noted, sizes={**self.sizes, number: size})._whole(name, number, 0)

    def closed(self, name: str) -> Self:
        """The claim is about to end: files of which it lacks no more than a small tail are complete."""
        claims = self
        for number in self.claims[name].delivered:
            if number in self.sizes:  # else it is of an earlier version
                claims = claims._whole(name, number, tail(self.sizes[number]))
        return claims

    def _whole(self, name: str, number: int, lacking: int) -> Self:
        """The file is complete where the claim, with what is in the pool, lacks at most so many bytes of it."""
        claim, pooled = self.claims[name], self.pool.get(number, ())
        own = claim.delivered[number]
        enough = self.sizes[number] - lacking
        if _length(merged((*own, *pooled))) < enough:
            return self
        rest = {each: spans for each, spans in claim.delivered.items() if each != number}
        done = replace(claim, complete=claim.complete | {number}, delivered=rest)
        pool = self.pool
        if _length(own) < enough:
            pool = {each: spans for each, spans in self.pool.items() if each != number}
        return replace(self.put(name, done), pool=pool)


def tail(size: int) -> int:
    """How many bytes of a file are too few to call it incomplete: padding and the last check, and less than half."""
    return min(max(_TAIL_BYTES, size // 8), size // 2)


def _length(spans: tuple[Span, ...]) -> int:
    return sum(stop - start for start, stop in spans)


def _spans(record: dict[str, list[list[int]]]) -> Spans:
    return {int(number): tuple((start, stop) for start, stop in spans) for number, spans in record.items()}
