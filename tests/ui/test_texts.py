"""Both languages say the same things, and nothing is said that no file has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from index.errors import ArticleError, LimitError
from ui.texts import TEXTS, texts_for

ROOT = Path(__file__).parents[2]
SECTIONS = ("chat", "login", "examples", "evaluation", "turns", "report", "measures", "failures", "export", "shell")


def leaves(found: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield each text by its full name."""
    if isinstance(found, dict):
        for key, value in found.items():
            yield from leaves(value, f"{name}.{key}" if name else key)
    elif isinstance(found, list):
        for number, value in enumerate(found):
            yield from leaves(value, f"{name}.{number}")
    else:
        yield name, found


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("section", SECTIONS)
def test_both_languages_have_the_same_keys_and_placeholders(section: str) -> None:
    german, english = (dict(leaves(TEXTS[language].section(section))) for language in ("de", "en"))
    assert german.keys() == english.keys() and german
    for name in german:
        # A singular may say "one" in words.
        if not name.endswith(".one"):
            assert placeholders(german[name]) == placeholders(english[name]), name


def coded_errors() -> Iterator[tuple[str, set[str], str]]:
    """Yield each error's code, the names of its values, and where it is raised."""
    for path in (path for package in ("index", "rag", "ui") for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and re.search(r"Error$", getattr(node.func, "id", "")):
                strings = [one.value for one in node.args[1:2] if isinstance(one, ast.Constant)]
                strings += [
                    k.value.value for k in node.keywords if k.arg == "code" and isinstance(k.value, ast.Constant)
                ]
                for code in strings:
                    if isinstance(code, str):
                        yield code, {k.arg for k in node.keywords if k.arg}, f"{path.name}:{node.lineno}"


def test_every_error_with_a_code_is_said_in_german_too() -> None:
    german: dict[str, Any] = TEXTS["de"].section("errors")
    raised = {code: (values, where) for code, values, where in coded_errors()}
    for code, (values, where) in raised.items():
        assert code in german, f"de.toml has no sentence for {code}, raised at {where}"
        for name, text in leaves(german[code], code):
            assert placeholders(text) <= values, (name, where)


def test_an_error_is_said_in_the_language_of_the_page() -> None:
    error = LimitError("questions", 20, 7)
    assert TEXTS["de"].error(error) == "Zu viele Fragen: 20 in der Minute. Bitte 7 Sekunden warten."
    assert TEXTS["en"].error(error) == str(error)
    long = ArticleError("…", "own-articles-too-long", title="A", found=2_000_001, limit=2_000_000, command="")
    assert "2.000.001" in TEXTS["de"].error(long)
    # One that has no name yet is at least said.
    assert TEXTS["de"].error(ArticleError("a.txt is empty.")) == "a.txt is empty."


def test_a_text_in_html_keeps_what_is_put_in_as_text() -> None:
    shown = TEXTS["de"].html("chat.added.one", title="<b>&")
    assert "&lt;b&gt;&amp;" in shown and "<b>" not in shown


def test_numbers_are_written_as_the_language_writes_them() -> None:
    assert (TEXTS["de"].number(1234.5, 1), TEXTS["en"].number(1234.5, 1)) == ("1.234,5", "1,234.5")
    assert TEXTS["de"].count("chat.kept_questions", 1) == "1 Frage"
    assert TEXTS["de"].count("chat.kept_questions", 1200) == "1.200 Fragen"


@pytest.mark.parametrize(
    ("header", "language"),
    [("de-DE,de;q=0.9,en;q=0.8", "de"), ("en-GB,de;q=0.5", "en"), ("fr", "en"), ("", "en"), ("de;q=x", "en")],
)
def test_a_browser_gets_the_language_it_likes_best(header: str, language: str) -> None:
    assert texts_for(header).language == language


# Names, which are the same in every language.
NAMES = re.compile(r"\b(Beleg|sha256|JSON)\b")
TEMPLATES = sorted(path for path in (ROOT / "ui").glob("*/templates/*") if path.suffix in (".html", ".svg"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: f"{path.parts[-3]}/{path.name}")
def test_a_template_has_no_words_of_its_own(template: Path) -> None:
    source = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL)
    # What is typed into a terminal is no language's.
    source = re.sub(r"<(code|style|script)\b.*?</\1>", "", source, flags=re.DOTALL)
    said = re.findall(r'\b(?:aria-label|alt|label|placeholder|title)="([^"]*)"', source)
    # Attributes outside a tag are those of a macro.
    said.append(re.sub(r'<[^>]*>|[\w-]+="[^"]*"', "", source))
    for text in said:
        assert not re.search(r"[^\W\d_]", NAMES.sub("", text)), text
