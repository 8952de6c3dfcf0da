"""The page's own styles and script: each part is one idea in a file of its own, and here is their order."""

from __future__ import annotations

from importlib.resources import files

# Of the evaluation's and its report's too. Later rules win over earlier ones.
STYLES = (
    "page/layout.css",
    "page/conversation.css",
    "page/welcome.css",
    "page/turn.css",
    "page/answer.css",
    "page/abstention.css",
    "page/box.css",
    "page/article.css",
    "page/shelf.css",
    "page/bubble.css",
    "page/kept.css",
    "page/after.css",
    "page/hues.css",
    "page/adapting.css",
    "eval_tab.css",
    "report/report.css",
)
# One scope for all: what a part declares, a later one uses.
SCRIPTS = (
    "page/dom.js",
    "page/storage.js",
    "page/citing.js",
    "page/bubble.js",
    "page/actions.js",
    "page/strip.js",
    "page/kept.js",
    "page/naming.js",
    "page/questions.js",
    "page/rating.js",
    "page/sentences.js",
    "page/events.js",
    "page/settle.js",
)
REPORT_SCRIPT = "report/page.js"
# Gradio leaves the above out of its login page.
LOGIN_STYLES = ("page/layout.css", "page/login.css")
LOGIN_SCRIPT = "page/login.js"


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
