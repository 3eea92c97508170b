"""The window's translations are whole, and the compiled ones are those that people can read."""

import string

import pytest

from tests.support import texts


@pytest.mark.parametrize("language", texts.TRANSLATED)
def test_every_text_is_translated(language: str) -> None:
    """What the code says and the translation does not is found here; `make texts` lists it, too."""
    assert texts.missing(texts.merged(language)) == []


@pytest.mark.parametrize("language", texts.TRANSLATED)
def test_the_files_are_as_made(language: str) -> None:
    """Nothing is out of date: `make texts` would change neither file."""
    catalog = texts.merged(language)
    path = texts.po_path(language)
    assert path.read_bytes() == texts.as_po(catalog)
    assert path.with_suffix(".mo").read_bytes() == texts.as_mo(catalog)


@pytest.mark.parametrize("language", texts.TRANSLATED)
def test_what_is_filled_in_is_the_same(language: str) -> None:
    """A translation names the very fields of its text: another one would be an error when it is shown."""
    for message in texts.merged(language):
        if not message.id:
            continue
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        translations = [message.string] if isinstance(message.string, str) else list(message.string or ())
        wanted = {frozenset(_fields(text)) for text in ids}
        for text in translations:
            assert frozenset(_fields(text)) in wanted, (ids, text)


def _fields(text: str) -> set[str]:
    return {name for _literal, name, _format, _conversion in string.Formatter().parse(text) if name is not None}
