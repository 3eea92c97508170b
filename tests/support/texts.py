"""The window's texts: gathered from the code, merged into each translation, compiled. `make texts` runs it."""

import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from client.gui.text import LANGUAGES, LOCALES

_CODE = Path(__file__).resolve().parents[2] / "client"
_KEYWORDS = {"_": None, "ngettext": (1, 2)}
_WHEN = datetime(2026, 1, 1, tzinfo=UTC)
"""No real date: files change only where texts do."""
TRANSLATED = tuple(code for code in LANGUAGES if code != "en")


def po_path(language: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / "sealcase.po"


def gathered() -> Catalog:
    """Every text that the code has."""
    catalog = _named(Catalog())
    for filename, _line, message, comments, context in extract_from_dir(
        str(_CODE), method_map=[("**.py", "python")], keywords=_KEYWORDS
    ):
        del filename
        catalog.add(message, None, auto_comments=comments, context=context)
    return catalog


def merged(language: str) -> Catalog:
    """The translation on the disk, with all texts of the code and no other."""
    path = po_path(language)
    if path.exists():
        with path.open("rb") as file:
            catalog = read_po(file, locale=language)
    else:
        catalog = Catalog(locale=language)
    catalog.update(gathered(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return _named(catalog)


def as_po(catalog: Catalog) -> bytes:
    out = BytesIO()
    write_po(out, catalog, width=110, no_location=True, sort_output=True, ignore_obsolete=True)
    return out.getvalue()


def as_mo(catalog: Catalog) -> bytes:
    out = BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def missing(catalog: Catalog) -> list[str]:
    """Texts that are not translated yet."""
    return [str(each.id) for each in catalog if each.id and not _is_translated(each.string)]


def main() -> int:
    """Writes both files of each language; names what is not translated. Exit code 1 if anything is."""
    lacking = 0
    for language in TRANSLATED:
        catalog = merged(language)
        path = po_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(as_po(catalog))
        path.with_suffix(".mo").write_bytes(as_mo(catalog))
        for text in missing(catalog):
            sys.stderr.write(f"{path}: not translated: {text}\n")
            lacking += 1
    return 1 if lacking else 0


def _is_translated(text: str | tuple[str, ...] | list[str] | None) -> bool:
    return all(text) if isinstance(text, tuple | list) else bool(text)


def _named(catalog: Catalog) -> Catalog:
    catalog.project, catalog.version, catalog.copyright_holder = "Sealcase", "", "Sealcase"
    catalog.header_comment = "# Sealcase's window. MIT licence."
    catalog.creation_date = catalog.revision_date = _WHEN
    catalog.last_translator = catalog.language_team = "Sealcase"
    catalog.msgid_bugs_address = ""
    catalog.fuzzy = False
    return catalog


if __name__ == "__main__":
    raise SystemExit(main())
