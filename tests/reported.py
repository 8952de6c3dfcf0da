"""A report with a failure of each kind, hostile where that is wanted, and its file read back as a browser would."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from rag import Settings
from rag.evaluation.dialogues import handled
from rag.evaluation.outcome import FAILURES, FAULTS, Fault, Outcome, Quote, TurnOutcome
from rag.evaluation.report import About, Bin, Figure, Latency, Report, Threshold
from ui.report import write_report

GOLD = Quote("a", 3, 22, 60, "Yoon und Kishida trafen sich im Mai.")
OTHER = Quote("a", 9, 200, 240, "Die Staaten verurteilten die Exporte.")
VOID = {"meta", "input", "br", "link", "img", "hr"}


def outcome(number: int, failure: str, mark: str = "") -> Outcome:
    answerable, answered = failure != "answered the unanswerable", failure not in ("abstained", "not retrieved")
    return Outcome(
        id=f"q-{number}",
        question=f"Frage Nummer {number}?{mark}",
        earlier=(f"Vorherige Frage {number}?{mark}",),
        language="de" + mark,
        category="factoid" + mark,
        article_id="a",
        article_title="Gipfel" + mark,
        answerable=answerable,
        answers=(f"im Mai {number}{mark}",) if answerable else (),
        gold=(replace(GOLD, text=GOLD.text + mark),) if answerable else (),
        answered=answered,
        confidence=0.62,
        text="Text" + mark,
        short_answer="kurz" + mark,
        citations=(replace(OTHER, text=OTHER.text + mark),) if answered else (),
        nearest=(replace(OTHER, text=OTHER.text + mark),),
        context_before="Davor. " + mark,
        context_after=" Danach." + mark,
        seconds=0.05,
        measures={"RR": 0.25, "hit@1": 0.0},
        failure=failure,
        pair="",
    )


def report(questions: list[Outcome], mark: str = "", value: float = 0.87) -> Report:
    some = Figure(value, value - 0.06, value + 0.05, 100)
    figures = dict.fromkeys(("hit@1", "hit@3", "RR", "passage hit@1", "citation precision", "right", "ECE"), some)
    figures |= {"refused": Figure(value, value, value, 41), "citations per answer": some, "precision": some}
    return Report(
        about=About("fragen.json" + mark, "ab" * 32, len(questions), "article", "e5" + mark, "0.1.0", {"answer_bar": Settings().answer_bar},
                    "", "2026-01-02T10:11:12+00:00", 1, 1.5),
        summary=figures,
        groups={"category": {"factoid" + mark: figures, "日本語 $\\frac": figures}, "language": {"de" + mark: figures}},
        thresholds=(Threshold(0.0, 1.0, value, value, None), Threshold(0.35, 0.8, value, value, value)),
        reliability=(Bin(0.0, 0.5, None, None, 0), Bin(0.5, 1.0, value, value, 9)),
        risk_coverage=((0.5, value), (1.0, value)),
        success={"sentences": {"1": value, "10": value}, "passages": {"1": value, "10": value}},
        latency=Latency(value, value, value, ((0.0, 0.1, 5), (0.1, 0.2, 1))),
        questions=questions,
    )  # fmt: skip


def turn(place: int, *faults: Fault, part: str = "building", mark: str = "") -> TurnOutcome:
    return TurnOutcome(
        dialogue="d" + mark,
        place=place,
        question=f"Nachricht {place}?{mark}",
        kind="follow-up" + mark,
        part=part,
        language="de" + mark,
        earlier=((f"Davor {place}?{mark}", f"Antwort davor {place}.{mark}"),),
        expects="answer",
        expected=("answer", "says 1787" + mark),
        came="abstention",
        read_as="gelesen" + mark,
        text="Dazu nichts." + mark,
        short_answer="kurz" + mark,
        confidence=0.4,
        citations=("Ein Satz." + mark,),
        seconds=0.1,
        faults=faults,
    )


def with_turns(some: Report, turns: list[TurnOutcome], part: str = "") -> Report:
    about = replace(some.about, dialogues=1, turns=len(turns), part=part)
    return replace(some, about=about, turns=tuple(turns), handled=handled(turns))


def every_fault(mark: str = "") -> list[Fault]:
    yes_no = [Fault(of, "no", "kurz" + mark) for of in ("short", "differs")]
    return [Fault(of, "yes" if of in ("short", "differs") else "talk", "answer" + mark) for of in FAULTS] + yes_no


class Reader(HTMLParser):
    """Collects what a browser would make of a page, and complains about tags that do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text += data

    def attributes(self, name: str) -> list[str]:
        return [value or "" for _, attributes in self.tags for key, value in attributes.items() if key == name]


def written(tmp_path: Path, *arguments: object) -> Reader:
    path = tmp_path / "report.html"
    write_report(arguments[0], path, *arguments[1:])  # type: ignore[arg-type]
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]
    return Reader(path.read_text(encoding="utf-8"))


def all_kinds(mark: str = "") -> list[Outcome]:
    return [outcome(number, failure, mark) for number, failure in enumerate((*FAILURES, ""))]
