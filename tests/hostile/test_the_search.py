"""The search for leaks finds what is there: a search that can't find would prove nothing."""

import base64

from tests.hostile.cheat import Cheat
from tests.hostile.conftest import Cast, leaks
from tests.hostile.sealed import MARKER, NAME
from tests.support.network import Asked


def test_the_search_for_leaks_is_not_blind(cast: Cast, cheat: Cheat) -> None:
    """Content in base64, a name in a path, a key in a header: each is found; then the slate is wiped."""
    key = cast.bob.identity.signing_key.private_bytes_raw()
    cheat.asked.append(Asked("PUT", f"/files/{NAME}", {"X": key.hex()}, base64.b64encode(b"ab" + MARKER)))
    assert leaks(cheat, cast) == ["the content", "a name", "bob's signing key"]
    cheat.asked.clear()
