"""What the browser loads besides Gradio's own files: the order of the styles and scripts, and the page at /."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Template
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ui.templates import render
from ui.texts import texts_for
from ui.web.policy import CSP, content_security_policy

# Those of the evaluation and its report too. Later rules win over earlier ones.
STYLES = (
    "web/static/layout.css",
    "web/static/conversation.css",
    "web/static/answer.css",
    "web/static/reply.css",
    "web/static/article.css",
    "web/static/sheets.css",
    "web/static/additions.css",
    "web/static/bubble.css",
    "web/static/history.css",
    "web/static/library.css",
    "web/static/responsive.css",
    "web/static/print.css",
    "web/static/evaluation_tab.css",
    "report/report.css",
)
# All share one scope: a later one uses what an earlier one declares.
SCRIPTS = (
    "web/static/dom.js",
    "web/static/history.js",
    "web/static/citation.js",
    "web/static/sheets.js",
    "web/static/article.js",
    "web/static/turn.js",
    "web/static/pending.js",
    "web/static/library.js",
    "web/static/page.js",
)
REPORT_SCRIPT = "report/page.js"
# The login page has no script.
LOGIN_STYLES = ("web/static/layout.css", "web/static/login.css")
# Gradio's page names itself twice in these, with a picture on another machine, and Beleg's title second.
_GRADIOS_OWN = re.compile(r'<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*')
_CHARSET = '<meta charset="utf-8" />'


def page_head() -> str:
    """Return what goes into the page's head: one style and one script, without a request of their own."""
    return f"<style>{''.join(map(_read, STYLES))}</style><script>{page_script()}</script>"


def page_script() -> str:
    """Return the script in it, as the browser gets it."""
    script = "\n".join(map(_read, SCRIPTS))
    return f'(() => {{\n"use strict";\n{script}\n}})();\n{_read(REPORT_SCRIPT)}'


def login_style() -> str:
    """Return the login page's style."""
    return "".join(map(_read, LOGIN_STYLES))


def page(gradios: Any, request: Request) -> Response:
    """Return Gradio's page with Beleg's title and description, and the policy that allows the scripts in it.

    Args:
        gradios: the template and the values that Gradio would answer this request with.
    """
    texts = texts_for(request.headers.get("accept-language", ""))
    template = _with_own_head(gradios.template)
    html = template.render(gradios.context, beleg_head=render("web/head.html", texts))
    return HTMLResponse(html, headers={CSP: content_security_policy(html, page_script())})


@cache
def _with_own_head(template: Template) -> Template:
    environment = template.environment
    source = Path(str(template.filename)).read_text(encoding="utf-8")
    return environment.from_string(_GRADIOS_OWN.sub("", source).replace(_CHARSET, "{{ beleg_head }}", 1))


def _read(name: str) -> str:
    return (files("ui") / name).read_text(encoding="utf-8")
