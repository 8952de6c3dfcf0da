"""The page's own styles and script: each part is one idea in a file of its own, and here is their order."""

from __future__ import annotations

from importlib.resources import files

# Of the evaluation's and its report's too. Later rules win over earlier ones.
STYLES = (
    "web/static/layout.css",
    "web/static/conversation.css",
    "web/static/welcome.css",
    "web/static/turn.css",
    "web/static/answer.css",
    "web/static/abstention.css",
    "web/static/box.css",
    "web/static/article.css",
    "web/static/shelf.css",
    "web/static/bubble.css",
    "web/static/kept.css",
    "web/static/after.css",
    "web/static/hues.css",
    "web/static/adapting.css",
    "web/static/evaluation_tab.css",
    "report/report.css",
)
# One scope for all: what a part declares, a later one uses.
SCRIPTS = (
    "web/static/dom.js",
    "web/static/storage.js",
    "web/static/citing.js",
    "web/static/bubble.js",
    "web/static/actions.js",
    "web/static/strip.js",
    "web/static/kept.js",
    "web/static/naming.js",
    "web/static/questions.js",
    "web/static/rating.js",
    "web/static/sentences.js",
    "web/static/events.js",
    "web/static/settle.js",
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
