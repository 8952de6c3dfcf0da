"""Every word that the page, the report and the export show, in German and in English: `de.toml` and `en.toml`."""

from __future__ import annotations

import math
import tomllib
from datetime import datetime
from functools import cached_property
from importlib.resources import files
from typing import Any, Literal

from babel import Locale
from babel.dates import format_datetime
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from index import BelegError

__all__ = ["TEXTS", "Language", "Texts", "texts_for", "texts_in"]

Language = Literal["de", "en"]


class Texts:
    """The words of one language. A text is named by its section and its key: `texts("chat.ask")`.

    Raises, from every method that takes a name: KeyError where no text has it.
    """

    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def __call__(self, name: str, **values: object) -> str:
        """Return a text, with `{name}` filled in; without values, as it stands in the file."""
        text = self._find(name)
        return text.format(**values) if values else text

    def get(self, name: str, default: str) -> str:
        """Return a text, or `default` where none has that name: for a name that comes from data."""
        try:
            return self._find(name)
        except (KeyError, TypeError):
            return default

    def html(self, name: str, **values: object) -> Markup:
        """Return a text as HTML. It and the values are escaped, but for a value that is Markup already."""
        return Markup(escape(self(name))).format(**values)  # noqa: S704 - escaped

    def count(self, name: str, n: int, **values: object) -> str:
        """Return the singular or plural of a text for `n` things, with `{n}`, as the language writes it, filled in."""
        form = self.locale.plural_form(n)
        return self._find(f"{name}.{form}").format(n=self.number(n), **values)

    def error(self, error: BelegError) -> str:
        """Return what an error says; in English where this language has no sentence for its code."""
        template = self._all.get("errors", {}).get(error.code)
        if isinstance(template, dict):
            template = template[self.locale.plural_form(int(str(error.values["n"])))]
        if not template:
            return str(error)
        return str(template).format(**{name: self._shown(value) for name, value in error.values.items()}).strip()

    def section(self, name: str) -> dict[str, Any]:
        """Return all texts of a section by their keys; of a part of one, such as "chat.scopes", likewise."""
        found = self._all
        for part in name.split("."):
            found = found[part]
        return found

    def number(self, value: float, digits: int = 0) -> str:
        """Return a number with that many decimals; "–" for one that is not finite."""
        return self._written(value, "#,##0", digits)

    def percent(self, share: float, digits: int = 0) -> str:
        """Return a share, 0 to 1, in per cent with that many decimals; "–" for one that is not finite."""
        return self._written(share, self.locale.percent_formats[None].pattern, digits)

    def date(self, moment: datetime) -> str:
        """Return a day and its time to the second."""
        return format_datetime(moment, "medium", tzinfo=moment.tzinfo, locale=self.locale)

    def language_name(self, code: str) -> str:
        """Return what a language is called, by its ISO 639-1 code."""
        return str(self.locale.languages.get(code, code))

    @cached_property
    def locale(self) -> Locale:
        """The language as Babel knows it."""
        return Locale(self.language)

    def _written(self, value: float, pattern: str, digits: int) -> str:
        if not math.isfinite(value):
            return "–"
        decimals = f"##0.{'0' * digits}" if digits else "##0"
        written = format_decimal(value, pattern.replace("##0", decimals), locale=self.locale)
        # A negative number that is rounded to zero is shown without its sign.
        return written if any(digit in written for digit in "123456789") else written.lstrip("-")

    def _shown(self, value: object) -> object:
        # An error about several others has them as a value.
        if isinstance(value, tuple):
            return " ".join(map(self.error, value))
        # Smaller numbers are read without a separator too, and may be a line's.
        return self.number(value) if isinstance(value, int) and value >= 10_000 else value

    def _find(self, name: str) -> str:
        section, _, key = name.partition(".")
        text: Any = self._all[section]
        while key not in text:
            part, _, key = key.partition(".")
            text = text[part]
        if not isinstance(text[key], str):
            raise KeyError(name)
        return str(text[key])

    @cached_property
    def _all(self) -> dict[str, Any]:
        return tomllib.loads((files("ui.texts") / f"{self.language}.toml").read_text(encoding="utf-8"))


TEXTS: dict[Language, Texts] = {"de": Texts("de"), "en": Texts("en")}


def texts_in(language: str) -> Texts:
    """Return the texts in a language, such as an answer's; English where it is neither German nor English."""
    return next((texts for known, texts in TEXTS.items() if known == language), TEXTS["en"])


def texts_for(accept_language: str) -> Texts:
    """Return the texts in the language that an Accept-Language header likes best; English where it names neither.

    Args:
        accept_language: the header's value, such as "de-DE,de;q=0.9,en;q=0.8"; may be empty or malformed.
    """
    best: Language = "en"
    liking = 0.0
    for entry in accept_language.split(","):
        tag, _, quality = entry.strip().partition(";q=")
        code = tag.split("-")[0].lower()
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        if weight > liking and (code == "de" or code == "en"):
            best, liking = "de" if code == "de" else "en", weight
    return TEXTS[best]
