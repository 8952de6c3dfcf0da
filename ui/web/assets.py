"""The page's own styles and scripts, in their order."""

from __future__ import annotations

from importlib.resources import files

# Those of the evaluation and its report too. Later rules win over earlier ones.
STYLES = (
    "web/static/layout.css",
    "web/static/conversation.css",
    "web/static/answer.css",
    "web/static/article.css",
    "web/static/shelf.css",
    "web/static/bubble.css",
    "web/static/history.css",
    "web/static/media.css",
    "web/static/evaluation_tab.css",
    "report/report.css",
)
# All share one scope: a later one uses what an earlier one declares.
SCRIPTS = (
    "web/static/dom.js",
    "web/static/history.js",
    "web/static/citation.js",
    "web/static/article.js",
    "web/static/turn.js",
    "web/static/page.js",
)
REPORT_SCRIPT = "report/page.js"
# Gradio leaves the above out of its login page.
LOGIN_STYLES = ("web/static/layout.css", "web/static/login.css")
LOGIN_SCRIPT = "web/static/login.js"


def page_head() -> str:
    """Return what goes into the page's head: one style and one script, without a request of their own."""
    return f"<style>{''.join(map(_read, STYLES))}</style><script>{page_script()}</script>"


def page_script() -> str:
    """Return the script in it, as the browser gets it."""
    script = "\n".join(map(_read, SCRIPTS))
    return f'(() => {{\n"use strict";\n{script}\n}})();\n{_read(REPORT_SCRIPT)}'


def login_head() -> str:
    """Return what goes into the login page's head."""
    style = "".join(map(_read, LOGIN_STYLES))
    script = f'(() => {{\n"use strict";\n{_read(LOGIN_SCRIPT)}\n}})();'
    return f"<style>{style}</style><script>{script}</script>"


def _read(name: str) -> str:
    return (files("ui") / name).read_text(encoding="utf-8")
