"""What the page and the terminal both say of a report: its main figures in words, and what it was made with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rag.evaluation.outcome import Fault, TurnOutcome
from rag.evaluation.report import About, Figure, Figures, Report
from rag.settings import Settings
from ui.report.numbers import Numbers
from ui.texts import Texts

MEASURING = "measuring"
_COMMIT_DIGITS = 7


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure and what it counts: "84 of 103", "questions: …", a second sentence, and its interval; "" for none."""

    number: str
    words: str
    more: str = ""
    between: str = ""


def summary(report: Report, texts: Texts) -> list[Tile]:
    """Return the main figures that a report has, in words that need no knowledge of measures, most important first."""
    figures, numbers = report.summary, Numbers(texts)
    first = ("hit@1", "hit@3", "first") if "hit@1" in figures else ("article hit@1", "article hit@3", "first_article")
    tiles = [
        _counted(figures, first[0], first[2], texts, _part(figures, first[1], "third", texts)),
        _counted(figures, "right", "right", texts, _part(figures, "precision", "precision", texts)),
        _counted(figures, "refused", "refused", texts),
    ]
    found = [tile for tile in tiles if tile is not None]
    if (cited := figures.get("citation precision")) is not None:
        per_answer = figures.get("citations per answer")
        more = texts("report.per_answer", n=texts.number(per_answer.value, 1)) if per_answer else ""
        found.append(Tile(texts.percent(cited.value), texts("report.cited"), more, _between(cited, texts)))
    if turns := report.handled.get("all", {}).get("turns"):
        asked, dialogues = texts.count("report.turn_word", turns.n), report.about.dialogues
        more = texts(
            "report.of_dialogues", n=texts.number(dialogues), dialogues=texts.count("report.dialogue_word", dialogues)
        )
        ratio = texts("report.ratio", **_ratio(turns, texts))
        found.append(Tile(ratio, texts("report.handled", turns=asked), more, _between(turns, texts)))
    if report.about.questions:
        p95 = texts("report.speed", p95=numbers.seconds(report.latency.p95))
        found.append(Tile(numbers.seconds(report.latency.p50), p95))
    return found


def _counted(figures: Figures, measure: str, words: str, texts: Texts, more: str = "") -> Tile | None:
    """Return the tile of a share, counted in questions; None where no question was measured by it."""
    found = figures.get(measure)
    if found is None or not found.n:
        return None
    ratio = texts("report.ratio", **_ratio(found, texts))
    questions = texts.count("report.question_word", found.n)
    return Tile(ratio, texts(f"report.{words}", questions=questions), more, _between(found, texts))


def _part(figures: Figures, measure: str, words: str, texts: Texts) -> str:
    found = figures.get(measure)
    return texts(f"report.{words}", **_ratio(found, texts)) if found and found.n else ""


def _ratio(found: Figure, texts: Texts) -> dict[str, str]:
    return {"k": texts.number(found.value * found.n), "n": texts.number(found.n)}


def _between(found: Figure, texts: Texts) -> str:
    shown = Numbers(texts).interval("", found.low, found.high, digits=0) if found.n > 1 else ""
    return texts("report.interval", interval=shown) if shown else ""


def fault_words(fault: Fault, texts: Texts) -> str:
    """Return in words what a turn of a dialogue should have been and was not."""
    of = f"{fault.of}_{fault.expected}" if fault.of in ("short", "differs") else fault.of
    expected, found = (
        texts.get(f"turns.{one}", one) if fault.of == "came" else one for one in (fault.expected, fault.found)
    )
    return texts(f"turns.fault_{of}", expected=expected, found=found)


def listed_turns(report: Report) -> tuple[list[TurnOutcome], int]:
    """Return the turns that were not handled, and how many more there are of the part that is only measured.

    These are listed where just this part was asked: whoever builds on the others is not to see them by the way.
    """
    unhandled = [turn for turn in report.turns if not turn.handled]
    shown = [turn for turn in unhandled if turn.part != MEASURING or report.about.part == MEASURING]
    return shown, len(unhandled) - len(shown)


def flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield settings by name, those within others as "index.ngram"."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def not_default(about: About) -> list[tuple[str, str, str]]:
    """Return the settings that differ from Beleg's defaults: name, default, value."""
    defaults, own = dict(flat(asdict(Settings()))), dict(flat(about.settings))
    return list(_differing({name: value for name, value in defaults.items() if name in own}, own))


def changes_between(before: About, after: About) -> list[tuple[str, str, str]]:
    """Return how two reports' model, version, commit, scope and settings differ: name, before, after."""
    return list(_differing(_made_with(before), _made_with(after)))


def short_commit(about: About) -> str:
    """Return the commit's first digits, with "+" where the tree had changes; "" outside git."""
    digits = about.commit.rstrip("+")
    return digits[:_COMMIT_DIGITS] + about.commit[len(digits) :]


def when(about: About) -> str:
    """Return when a report was made, to the second, as the terminal shows it."""
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
