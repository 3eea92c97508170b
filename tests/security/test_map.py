"""docs/security.md names every attack of tests/hostile, and nothing that is not there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "security.md"
_NAMED = re.compile(r"`((?:tests/)?[\w/]+\.py)::(test_\w+)`")


def functions_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def named() -> set[tuple[str, str]]:
    """Every test that the document names: its file, from this repository's folder, and its function."""
    return set(_NAMED.findall(DOCUMENT.read_text(encoding="utf-8")))


def test_every_attack_is_in_the_document() -> None:
    """Whoever adds an attack says there what it is and how it ends."""
    attacks = {
        (str(path.relative_to(ROOT)), test)
        for path in sorted((ROOT / "tests" / "hostile").glob("test_*.py"))
        for test in functions_of(path)
    }
    assert len(attacks) >= 40
    assert attacks - named() == set()


def test_what_the_document_names_is_there() -> None:
    """No promise without its test."""
    known = {path: functions_of(ROOT / path) if (ROOT / path).is_file() else set() for path, _ in named()}
    assert {(path, test) for path, test in named() if test not in known[path]} == set()


def test_every_attack_says_whose_idea_it_was() -> None:
    """Each test of tests/hostile has a docstring, for the reader of the document who wants more."""
    for path in (ROOT / "tests" / "hostile").glob("test_*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                assert ast.get_docstring(node), f"{path.name}::{node.name}"
