"""What the documents lead to is there: files, pictures, headings."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

_ROOT = Path(__file__).resolve().parents[1]
_DOCUMENTS = sorted([*_ROOT.glob("*.md"), *(_ROOT / "docs").glob("*.md")])
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_ELSEWHERE = ("http:", "https:", "mailto:")


def _links(document: Path) -> list[str]:
    text = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return [link for link in _LINK.findall(text) if not link.startswith(_ELSEWHERE)]


def _anchors(document: Path) -> set[str]:
    """Of its headings, as GitHub makes them."""
    titles = re.findall(r"^#+ +(.+?) *$", document.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", _DOCUMENTS, ids=lambda path: str(path.relative_to(_ROOT)))
def test_all_relative_links_lead_somewhere(document: Path) -> None:
    """Files and folders exist, and a heading that is named is in its document."""
    broken = []
    for link in _links(document):
        name, _, heading = unquote(link).partition("#")
        target = (document.parent / name).resolve() if name else document
        if not target.exists() or (heading and target.suffix == ".md" and heading not in _anchors(target)):
            broken.append(link)
    assert not broken


def test_there_are_links() -> None:
    """Else the other test would look at nothing."""
    assert sum(len(_links(document)) for document in _DOCUMENTS) > 20
    assert any(link.endswith(".png") for document in _DOCUMENTS for link in _links(document))
