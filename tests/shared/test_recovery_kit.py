"""Recovery kits: words as people write them, and copies that a server could have exchanged."""

import json
import textwrap

import pytest

from shared.crypto.annex import Annex
from shared.crypto.errors import Altered, BadSignature, CryptoError, WrongPassphrase
from shared.crypto.identity import Identity
from shared.crypto.recovery import MAX_COPY_BYTES, WORDS, Copy, NoKit, draw_words, key_of, looks_whole, qr_text
from shared.sealed.errors import FormatError
from tests.support.words import tells_words


@pytest.fixture(scope="module")
def ada() -> Identity:
    return Identity.create("ada@example.org", 2048)


@pytest.fixture(scope="module")
def words() -> str:
    return draw_words()


def test_words_however_people_write_them(words: str) -> None:
    """Case, spaces, line breaks, numbering; and what the QR code says."""
    each = words.split()
    spellings = [
        words.upper(),
        "  " + "   ".join(each) + "\n",
        "\r\n".join(each),
        "\n".join(f"{number}. {word.title()}" for number, word in enumerate(each, 1)),
        " ".join(f"{number}){word}" for number, word in enumerate(each, 1)),
        ", ".join(each),
        textwrap.fill(words, 30),
        qr_text(words),
        f" {qr_text(words).lower()}\n",
    ]
    assert {key_of(spelling) for spelling in spellings} == {key_of(words)}
    assert all(looks_whole(spelling) for spelling in spellings)
    assert not looks_whole(" ".join(each[:-1]))


def test_a_wrong_word_is_named_by_position(words: str) -> None:
    """Its place in the message; what it may have been for the person at the terminal only."""
    each = words.split()
    each[6] = "abandn"
    with pytest.raises(NoKit, match="word 7 ") as caught:
        key_of(" ".join(each))
    assert caught.value.position == 7
    assert "abandon" in caught.value.suggestions
    assert each[6] not in str(caught.value)
    assert not tells_words(str(caught.value), words)


def test_words_that_do_not_belong_together(words: str) -> None:
    """All of them are good words, and the checksum says no."""
    each = words.split()
    for wrong in (sorted(each), ["zoo"] * WORDS):
        if " ".join(wrong) != words:
            with pytest.raises(NoKit, match="not all of them together"):
                key_of(" ".join(wrong))


@pytest.mark.parametrize("count", [0, 1, 12, 23, 25])
def test_their_number_is_said(count: int) -> None:
    with pytest.raises(NoKit, match=f"24 words, and these are {count}"):
        key_of(" ".join(["abandon"] * count))


@pytest.mark.parametrize("change", [lambda text: text[:-1], lambda text: text.replace(":", ":0", 1), lambda text: "z"])
def test_a_damaged_qr_text_is_no_kit(words: str, change: object) -> None:
    assert callable(change)
    text = qr_text(words)
    prefix, rest = text[: text.index(":") + 1], text[text.index(":") + 1 :]
    with pytest.raises(NoKit):
        key_of(prefix + str(change(rest)))


def test_a_copy_gives_the_identity_back(ada: Identity, words: str) -> None:
    annex = Annex().with_replaced(ada.keys).lock(ada.signing_key)
    copy = Copy.unlock(Copy(ada, annex).lock(key_of(words)), key_of(words))
    assert copy.identity.card == ada.card
    assert copy.identity.encode_secret() == ada.encode_secret()
    assert copy.annex == annex
    with pytest.raises(WrongPassphrase):
        Copy.unlock(Copy(ada, None).lock(key_of(words)), key_of(draw_words()))


def test_a_copy_knows_others(ada: Identity, words: str) -> None:
    """Contacts and the key log come back as they were; too many contacts are left out, and nothing else is."""
    key = key_of(words)
    copy = Copy.unlock(Copy(ada, None, b"contacts", b"log").lock(key), key)
    assert (copy.contacts, copy.key_log) == (b"contacts", b"log")
    assert len(Copy(ada, None, b"a" * 900).lock(key)) == len(Copy(ada, None, b"a" * 904).lock(key))
    many = Copy(ada, None, bytes(MAX_COPY_BYTES), b"log").lock(key)
    assert len(many) <= MAX_COPY_BYTES
    assert (Copy.unlock(many, key).contacts, Copy.unlock(many, key).key_log) == (None, b"log")


def test_a_copy_that_was_exchanged_gives_nothing(ada: Identity, words: str) -> None:
    """Another card, other keys under the same card, or another kit's: refused, each time."""
    mallory = Identity.create(ada.card.email, 2048)
    mine = json.loads(Copy(ada, None).lock(key_of(words)))
    hers = json.loads(Copy(mallory, None).lock(key_of(draw_words())))
    for changes in (
        {"card": hers["card"], "signature": hers["signature"]},
        {"wrapped": hers["wrapped"]},
        {"signature": hers["signature"]},
        {"format": "sealcase-recovery/0"},
        {"wrapped": ""},
        {"note": 1},
    ):
        with pytest.raises((CryptoError, FormatError)):
            Copy.unlock(json.dumps({**mine, **changes}).encode(), key_of(words))
    with pytest.raises(BadSignature):
        Copy.unlock(json.dumps({**mine, "signature": "A" * 86}).encode(), key_of(words))


def test_a_copy_is_not_put_together_of_two(ada: Identity, words: str) -> None:
    """The annex of an older copy, or none: earlier keys would be gone without a word, and files with them."""
    without, key = Annex().lock(ada.signing_key), key_of(words)
    annex = Annex().with_replaced(ada.keys).lock(ada.signing_key)
    now, older = json.loads(Copy(ada, annex).lock(key)), json.loads(Copy(ada, without).lock(key))
    for changes in ({"annex": older["annex"]}, {"annex": None}, {"annex": older["annex"], "mac": older["mac"]}):
        with pytest.raises(Altered, match="what is kept beside them was altered"):
            Copy.unlock(json.dumps({**now, **changes}).encode(), key)
    with pytest.raises(FormatError, match="lacks mac"):
        Copy.unlock(json.dumps({name: now[name] for name in now if name != "mac"}).encode(), key)
