"""What the served page says of itself, to whoever pastes its address into a chat or looks at a browser's tab."""

from __future__ import annotations

import re
from pathlib import Path

import httpx

from rag import Assistant
from tests.guarded import make_users, served
from ui.texts import TEXTS


def card_of(url: str, language: str) -> dict[str, str]:
    """The page's title and what it states in meta elements; nothing twice."""
    response = httpx.get(url, headers={"accept-language": language}, timeout=30)
    assert int(response.headers["content-length"]) == len(response.content)
    stated = re.findall(r'<meta\s+(?:property|name)="([^"]+)"\s+content="([^"]*)"', response.text)
    stated += [("title", title) for title in re.findall("<title>(.*?)</title>", response.text)]
    names = [name for name, _ in stated]
    assert len(set(names)) == len(names), names
    assert "githubusercontent" not in response.text
    return dict(stated)


def test_the_page_is_belegs(served_url: str) -> None:
    for language in ("de", "en"):
        card = card_of(served_url, language)
        assert card["title"] == card["og:title"] == "Beleg"
        assert card["description"] == card["og:description"] == TEXTS[language]("chat.tagline")
        assert not [name for name, said in card.items() if "twitter" in name or "radio" in said]


def test_so_is_the_login_page(two_articles: Assistant, tmp_path: Path) -> None:
    with served(two_articles, users=make_users(tmp_path / "users.json")) as app:
        card = card_of(app.url, "de")
        assert card["title"] == card["og:title"] == "Beleg"
