"""The one way from data to HTML: Jinja2 templates that escape by themselves.

Each package has its own folder of them, named by that package: `render("web/answer.html", texts, answer=…)` fills
`ui/web/templates/answer.html`. A template has no words of its own: it takes them from `t`, the interface's texts.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup

from ui.texts import Texts

_PACKAGES = ("web", "report", "export")


def render(name: str, texts: Texts, **values: Any) -> Markup:
    """Return a filled template as HTML.

    Args:
        name: the package and the file in its folder of templates.
        texts: the interface's texts, `t` in the template.
        values: what the template names. Text is escaped, Markup is not.

    Raises:
        jinja2.UndefinedError: the template names what it was not given.
    """
    return Markup(_environment().get_template(name).render(t=texts, **values))  # noqa: S704 - escaped by the template


def isolated(text: object) -> Markup:
    """Return others' text for a place within the interface's own: `t.html("chat.added.one", title=title | isolated)`.

    A title with a right-to-left override in it would turn around the words after it.
    """
    return Markup("<bdi>{}</bdi>").format(str(text))


@cache
def _environment() -> Environment:
    loaders = {package: PackageLoader(f"ui.{package}") for package in _PACKAGES}
    environment = Environment(
        loader=PrefixLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["isolated"] = isolated
    return environment
