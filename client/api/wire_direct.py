"""What is said and heard of parts that go straight to the store, by hand like everything in `client.api.wire`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from client.api.by_hand import as_text, checked, each, json_text, number, read_object, text
from client.api.wire import Part
from shared.sealed import strict_json


@dataclass(frozen=True, slots=True)
class WantedPart:
    """A part that is going to travel: its number, and the length of what is sealed."""

    number: int
    size: int


@dataclass(frozen=True, slots=True)
class WantedParts:
    """`shared.api.models.WantedParts`."""

    parts: tuple[WantedPart, ...]

    def model_dump_json(self, *, exclude_unset: bool = False) -> str:  # noqa: ARG002  (all of it is set)
        return json_text({"parts": [{"number": part.number, "size": part.size} for part in self.parts]})


@dataclass(frozen=True, slots=True, repr=False)
class PartUrl:
    """`shared.api.models.PartUrl`: whoever knows it may store that part, so it is shown nowhere."""

    number: int
    url: str
    headers: Mapping[str, str]
    """To be sent with the part, exactly so."""

    @classmethod
    def of(cls, value: object) -> Self:
        """Raises `FormatError`."""
        record = checked(value, ("number", "url", "headers"))
        headers = strict_json.as_object(record["headers"], "headers")
        return cls(
            number(record, "number"),
            text(record, "url"),
            {name: as_text(value) for name, value in headers.items()},
        )


@dataclass(frozen=True, slots=True)
class PartUrls:
    """`shared.api.models.PartUrls`."""

    part_urls: tuple[PartUrl, ...]
    expires_in: int
    """Seconds."""

    @classmethod
    def model_validate_json(cls, json_data: bytes) -> Self:
        """Raises `FormatError`."""
        record = read_object(json_data, ("part_urls", "expires_in"))
        return cls(each(record, "part_urls", PartUrl.of), number(record, "expires_in"))


@dataclass(frozen=True, slots=True)
class SentPart:
    """`shared.api.models.SentPart`: a part that the store has taken, as we know it."""

    number: int
    size: int
    digest: str
    """SHA-256, base64url."""
    etag: str
    """As the store has named it."""


@dataclass(frozen=True, slots=True)
class SentParts:
    """`shared.api.models.SentParts`."""

    parts: tuple[SentPart, ...]

    def model_dump_json(self, *, exclude_unset: bool = False) -> str:  # noqa: ARG002  (all of it is set)
        return json_text(
            {
                "parts": [
                    {"number": part.number, "size": part.size, "digest": part.digest, "etag": part.etag}
                    for part in self.parts
                ]
            }
        )


@dataclass(frozen=True, slots=True)
class StoredParts:
    """`shared.api.models.StoredParts`."""

    parts: tuple[Part, ...]

    @classmethod
    def model_validate_json(cls, json_data: bytes) -> Self:
        """Raises `FormatError`."""
        return cls(each(read_object(json_data, ("parts",)), "parts", Part.of))
