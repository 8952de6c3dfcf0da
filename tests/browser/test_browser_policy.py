"""The content-security policy, as the real server sends it and a real browser holds to it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import Chat

pytestmark = pytest.mark.browser

# As if an article's text had been written into the page unescaped.
INJECTED = """
() => {
  window.ran = [];
  const place = document.querySelector("#conversation .log");
  place.insertAdjacentHTML("beforeend",
    '<img src="/none.png" onerror="ran.push(1)"><a id="bad" href="javascript:void ran.push(2)">x</a>');
  const script = document.createElement("script");
  script.textContent = "ran.push(3)";
  place.append(script);
  document.querySelector("#bad").click();
  place.insertAdjacentHTML("beforeend", '<iframe src="/"></iframe><img src="https://example.org/x.png">');
  return new Promise((resolve) => setTimeout(() => resolve(window.ran), 1000));
}
"""


def directives(policy: str) -> dict[str, str]:
    return dict(part.strip().partition(" ")[::2] for part in policy.split(";"))


def test_a_page_may_run_its_own_scripts_and_ask_its_own_server_only(browser: Browser, served_url: str) -> None:
    chat = Chat.open(browser, served_url)
    headers = chat.page.request.get(served_url).headers
    page = directives(headers["content-security-policy"])
    assert page["default-src"] == page["frame-ancestors"] == "'none'"
    assert page["connect-src"] == page["form-action"] == page["base-uri"] == "'self'"
    # Gradio's templates are compiled in the browser; nothing but that is less than strict.
    assert "'unsafe-eval'" in page["script-src"] and "'unsafe-inline'" not in page["script-src"]
    assert not [value for value in page.values() if "http" in value or "*" in value or "blob:" in value]
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    for path in ("config", "health", "theme.css", "gradio_api/file=none.html"):
        other = chat.page.request.get(served_url + path).headers
        assert "sha256" not in other["content-security-policy"] and other["x-content-type-options"] == "nosniff"
    chat.close()


def test_what_is_injected_does_not_run(browser: Browser, served_url: str) -> None:
    chat = Chat.open(browser, served_url)
    assert chat.page.evaluate(INJECTED) == []
    refused = [line for line in chat.complaints if "Content Security Policy" in line]
    assert len(refused) >= 3
    assert not [line for line in chat.complaints if "dialog" in line]
    chat.context.close()
