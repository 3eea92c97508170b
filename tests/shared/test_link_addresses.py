"""Links as they are shared: what is made is what is read, and nothing damaged passes for whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.crypto.link import LinkKeys, link_url, looks_like_link, parse_link
from shared.sealed.encoding import b64u
from shared.sealed.errors import FormatError

KEYS = st.binary(min_size=32, max_size=32)
SERVERS = st.sampled_from(["https://files.example.org", "http://127.0.0.1:5000", "https://example.org/s/files"])


@given(SERVERS, KEYS, st.booleans())
def test_what_was_made_is_read(server: str, key: bytes, has_password: bool) -> None:
    """With blanks around it too, as from a mail; under a path, whatever that is called."""
    url = link_url(f"{server}/", key, has_password=has_password)
    address = parse_link(f" {url}\n")
    assert looks_like_link(url)
    assert (address.server, address.key, address.has_password) == (server, key, has_password)
    assert address.link_id == b64u(LinkKeys.derive(key, None).recipient)
    assert address.keys(None) == LinkKeys.derive(key, None)


@given(KEYS, st.integers(0, 120), st.sampled_from("AbC-_9.#/ é"))
def test_a_damaged_link_is_refused(key: bytes, at: int, letter: str) -> None:
    """Any letter of it exchanged, or its end cut off; the refusal repeats nothing of the key."""
    url = link_url("https://files.example.org", key, has_password=False)
    damaged = url[:at] + letter + url[at + 1 :]
    for text in (damaged, url[:at]):
        if text.strip() == url:  # blanks around it do no harm
            continue
        try:
            address = parse_link(text)
        except FormatError as error:
            assert b64u(key)[:8] not in str(error)  # most are refused, and none is another link
        else:
            assert address.key == key
            assert address.server != "https://files.example.org"


@pytest.mark.parametrize("text", ["", "x", "https://example.org", "ftp://example.org/s/x#y", "/s/x#y", "https:///s/#"])
def test_what_is_no_link_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_link(text)


def test_no_key_shows_in_what_is_printed_of_it() -> None:
    """Nor in a traceback that prints values."""
    key = bytes(range(32))
    address = parse_link(link_url("https://files.example.org", key, has_password=True))
    assert b64u(key) not in repr(address)
    assert str(key) not in repr(address)
