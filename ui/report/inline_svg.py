"""An SVG file as matplotlib writes it → an SVG that is part of a page and wears its colours."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

# Colours that matplotlib is given and the page's own that take their places, so that a plot follows light and dark.
INK, SOFT, LINE, FIRST, SECOND = "#010101", "#020202", "#030303", "#040404", "#050505"
_COLOURS = {INK: "--ink", SOFT: "--soft-ink", LINE: "--line", FIRST: "--accent", SECOND: "--second"}


def inline_svg(svg: str, name: str, label: str) -> str:
    """Cut what only a file of its own needs, keep ids apart from other plots', and take the page's colours."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<svg [^>]*?viewBox=\"([^\"]*)\"[^>]*>", _opening(label), svg, count=1)
    svg = re.sub(r' id="([^"]+)"', rf' id="{name}-\1"', svg)
    svg = re.sub(r' xlink:href="#([^"]+)"', rf' href="#{name}-\1"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", svg)
    svg = re.sub(r' style="[^"]*"', _of_the_pages_colours, svg)
    return re.sub(r"\s*\n\s*", "\n", svg).strip()


def _of_the_pages_colours(style: re.Match[str]) -> str:
    kept = re.sub(r" ?font-family: [^;]*;", "", style[0])
    for stand_in, variable in _COLOURS.items():
        kept = kept.replace(stand_in, f"var({variable})")
    return kept


def _opening(label: str) -> Callable[[re.Match[str]], str]:
    return lambda match: f'<svg class="plot" viewBox="{match[1]}" role="img" aria-label="{escape(label)}">'
