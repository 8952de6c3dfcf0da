"""What a report was made with, beside the defaults and beside another report's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from rag.evaluation.report import About
from rag.settings import Settings

_COMMIT_DIGITS = 7


def flat(settings: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield settings by name, those within others as "index.ngram"."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def not_default(about: About) -> list[tuple[str, str, str]]:
    """Return the settings that are not Beleg's own: name, default, value."""
    defaults, own = dict(flat(asdict(Settings()))), dict(flat(about.settings))
    return list(_differing({name: value for name, value in defaults.items() if name in own}, own))


def changes_between(before: About, after: About) -> list[tuple[str, str, str]]:
    """Return what two reports were made with differently, but for the questions: name, before, after."""
    return list(_differing(_made_with(before), _made_with(after)))


def short_commit(about: About) -> str:
    """Return the commit's first digits, with "+" where the tree had changes; "" outside git."""
    digits = about.commit.rstrip("+")
    return digits[:_COMMIT_DIGITS] + about.commit[len(digits) :]


def when(about: About) -> str:
    """Return when a report was made, to the second."""
    return f"{about.date[:19].replace('T', ' ')} UTC"


def _made_with(about: About) -> dict[str, object]:
    own = {"model": about.model, "beleg": about.beleg, "commit": short_commit(about), "scope": about.scope}
    return {**dict(flat(about.settings)), **own}


def _differing(before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    for name in dict.fromkeys((*before, *after)):
        was, now = (_shown(of.get(name)) for of in (before, after))
        if was != now:
            yield name, was, now


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return "–" if value in (None, "") else str(value)
