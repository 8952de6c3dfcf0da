"""Whatever is changed in an exported file is found, and its place is named; what is no export is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index import Article, EmbeddedEncoder, build_index, bundled_article, save_index
from rag import Assistant
from tests.exported import altered, exported
from tests.shell import beleg, check_refused
from ui.export import Export, Finding, check_export, export_html, read_export
from ui.export.page import BLOCK_START

pytestmark = pytest.mark.slow

TOWER = "Der Turm ist 330 Meter hoch. Er steht in Paris. Er steht in Paris."


@pytest.fixture(scope="module")
def export(assistant: Assistant) -> Export:
    return exported(assistant)


@pytest.fixture(scope="module")
def tower(encoder: EmbeddedEncoder) -> Assistant:
    return Assistant(build_index([Article.read(TOWER, title="Turm", language="de")], encoder), encoder)


def findings(path: Path, *own: Article) -> list[Finding]:
    return list(check_export(*read_export(path), own, bundled_article()))


def wrong(path: Path, *own: Article) -> dict[str, str]:
    """What is not as stated, by where."""
    return {finding.where: finding.says for finding in findings(path, *own) if not finding.proved}


def written(export: Export, path: Path) -> Path:
    path.write_text(export_html(export), encoding="utf-8", newline="")
    return path


def test_a_file_as_it_was_exported_is_proved(export: Export, tmp_path: Path) -> None:
    path = written(export, tmp_path / "e.html")
    run = beleg("verify-export", path)
    assert run.returncode == 0 and run.stderr == "" and "✗" not in run.stdout
    lines = run.stdout.splitlines()
    assert any(
        line.startswith("✓ question 1 [1]: sentence 11, word for word: Yoon und Kishida trafen") for line in lines
    )
    assert any(line.startswith("✓ question 3 nearest 3: sentence") for line in lines)
    assert "the article that ships with Beleg" in run.stdout and "Not checked" in lines[-1]
    quoted = sum(len(turn.citations) + len(turn.nearest) + len(turn.short) for turn in export.turns)
    assert f"{quoted} of {quoted} quotations and short answers proved." in lines


def test_it_has_help() -> None:
    run = beleg("verify-export", "--help")
    assert run.returncode == 0 and "Exit status 1" in run.stdout and "--article" in run.stdout


def test_another_splitter_is_named_where_something_is_wrong(export: Export, tmp_path: Path) -> None:
    def older(data: dict[str, Any]) -> None:
        data["made"]["splitter"] = "rules 0"
        data["turns"][0]["citations"][0]["sentence_index"] = 4

    run = beleg("verify-export", altered(export, tmp_path / "e.html", older))
    assert run.returncode == 1 and "split by rules 0, here by rules 4" in run.stdout


def test_a_changed_word_on_the_page_is_found(export: Export, tmp_path: Path) -> None:
    lines = export_html(export).split("\n")
    at = next(number for number, line in enumerate(lines) if line.startswith("<blockquote>")) + 1
    lines[at] = lines[at].replace("in Seoul", "in Tokio")
    (tmp_path / "e.html").write_text("\n".join(lines), encoding="utf-8", newline="")
    run = beleg("verify-export", tmp_path / "e.html")
    assert run.returncode == 1 and "1 thing is not as stated" in run.stdout
    assert f"✗ page: from line {at + 1} on it is not what its data says" in run.stdout
    assert list(wrong(tmp_path / "e.html")) == ["page"]


@pytest.mark.parametrize("added", ["<p>Noch ein Satz.</p>", " ", "<script>1</script>", "\n"])
def test_anything_added_to_the_page_is_found(export: Export, tmp_path: Path, added: str) -> None:
    for text in (export_html(export) + added, export_html(export).replace("</main>", f"{added}</main>")):
        (tmp_path / "e.html").write_text(text, encoding="utf-8", newline="")
        assert list(wrong(tmp_path / "e.html")) == ["page"]


Alter = Callable[[dict[str, Any]], object]


def put(*path: Any) -> Alter:
    """Return what puts the last of `path` where those before it lead."""

    def alter(data: Any) -> None:
        for step in path[:-2]:
            data = data[step]
        data[path[-2]] = path[-1]

    return alter


@pytest.mark.parametrize(
    ("alter", "where", "says"),
    [
        (
            put("turns", 0, "citations", 0, "text", "Sie trafen sich nie."),
            "question 1 [1]",
            "not “Sie trafen sich nie.”",
        ),
        (put("turns", 0, "citations", 0, "end", 10**30), "question 1 [1]", "no whole sentence"),
        (put("turns", 0, "citations", 0, "sentence_index", 4), "question 1 [1]", "it is sentence 11, not 5"),
        (put("turns", 0, "short", 0, "text", "im Juni"), "question 1 short answer", "not “im Juni”"),
        (put("turns", 2, "nearest", 0, "text", "Brot backt man."), "question 3 nearest 1", "not “Brot backt man.”"),
        (put("articles", 0, "sha256", "0" * 64), "article “Yoon und Kishida beim NATO-Gipfel”", "not the 000"),
        (put("articles", 0, "text", "Kurz."), "article “Yoon und Kishida beim NATO-Gipfel”", "has the sha256"),
    ],
)
def test_a_change_of_the_data_is_found_even_where_the_page_says_the_same(
    export: Export, tmp_path: Path, alter: Alter, where: str, says: str
) -> None:
    path = altered(export, tmp_path / "e.html", alter)
    found = wrong(path)
    assert "page" not in found and says in found[where]
    assert beleg("verify-export", path).returncode == 1
    assert "page" in wrong(altered(export, path, alter, page=False)), "and where it does not, that too"


def test_part_of_a_sentence_is_no_quotation(export: Export, tmp_path: Path) -> None:
    def shortened(data: dict[str, Any]) -> None:
        citation = data["turns"][0]["citations"][0]
        citation["text"] = citation["text"][:30]
        citation["end"] = citation["start"] + 30

    assert "no whole sentence" in wrong(altered(export, tmp_path / "e.html", shortened))["question 1 [1]"]


def test_all_kinds_of_answers_are_proved(encoder: EmbeddedEncoder, tmp_path: Path) -> None:
    texts = {
        "Chronik, 1930": "Die Fähre auf dem Fluss ist 38 Meter lang. Sie wurde 1911 in Lauenburg gebaut.",
        "Brief, 2019": "Die Fähre auf dem Fluss ist 41 Meter lang. Im Frühjahr wurde sie gestrichen.",
    }
    articles = [Article.read(text, title=title, language="de") for title, text in texts.items()]
    asked = Assistant(build_index(articles, encoder), encoder)
    export = exported(
        asked,
        "Wie lang ist die Fähre?",
        "Danke dir!",
        "Wo wurde die Fähre gebaut? Wie heißt der Fährmann?",
        "Wie viele Artikel sind das?",
        "Worum geht es?",
    )
    differing, several, overview = export.turns
    assert differing.differs and {one.text[:2] for one in differing.short} == {"38", "41"}
    assert several.unanswered == ("Wie heißt der Fährmann?",) and several.short[0].text == "Lauenburg"
    assert overview.kind == "overview" and export.left_out == 2
    path = written(export, tmp_path / "e.html")
    assert wrong(path, *articles) == {} and read_export(path)[0] == export
    page = path.read_text(encoding="utf-8")
    assert "Die Sätze sagen Verschiedenes." in page and '<li dir="auto">Wie heißt der Fährmann?</li>' in page

    def side(data: dict[str, Any]) -> None:
        data["turns"][0]["short"][1]["citation"] = 1

    assert list(wrong(altered(export, tmp_path / "a.html", side))) == ["question 1 short answer 2"]

    def lost(data: dict[str, Any]) -> None:
        data["turns"][0]["short"][1]["citation"] = 9

    path = altered(export, tmp_path / "b.html", lost, page=False)
    check_refused(beleg("verify-export", path), "its citation 9, which is not there")


def test_a_short_answer_from_elsewhere_is_found(export: Export, tmp_path: Path) -> None:
    def elsewhere(data: dict[str, Any]) -> None:
        data["turns"][0]["short"] = [{"citation": 1, "start": 0, "end": 4, "text": "Yoon"}]

    assert wrong(altered(export, tmp_path / "e.html", elsewhere)) == {
        "question 1 short answer": "characters 0 to 4 are not within [1]"
    }


def forge(data: dict[str, Any]) -> None:
    """Another text with the hash and the id that are right for it: only a copy of the article gives it away."""
    article = data["articles"][0]
    article["text"] = article["text"].replace("330", "530")
    article["sha256"] = hashlib.sha256(article["text"].encode()).hexdigest()
    article["id"] = article["sha256"][:16]
    for quotation in data["turns"][0]["citations"] + data["turns"][0]["nearest"]:
        quotation.update(article_id=article["id"], text=quotation["text"].replace("330", "530"))
    for short in data["turns"][0]["short"]:
        short["text"] = short["text"].replace("330", "530")


def test_a_forged_article_is_given_away_by_ones_own_copy(tower: Assistant, tmp_path: Path) -> None:
    export = exported(tower, "Wie hoch ist der Turm?")
    path = altered(export, tmp_path / "e.html", forge)
    run = beleg("verify-export", path)
    assert run.returncode == 0 and "there is no copy to compare it with" in run.stdout, "and that is said"
    (tmp_path / "turm.txt").write_text(TOWER, encoding="utf-8")
    run = beleg("verify-export", path, "--article", tmp_path / "turm.txt")
    assert run.returncode == 1 and "✗ article “Turm”: none of your articles has its text" in run.stdout
    assert "✗ question 1 [1]: its article is not as stated" in run.stdout and "0 of" in run.stdout


def test_it_is_proved_against_ones_own_copy(tower: Assistant, tmp_path: Path) -> None:
    export = exported(tower, "Wie hoch ist der Turm?")
    path = written(export, tmp_path / "e.html")
    (tmp_path / "turm.txt").write_text(TOWER.replace(" Er", "\r\nEr"), encoding="utf-8")
    run = beleg("verify-export", path, "-a", tmp_path / "turm.txt")
    assert run.returncode == 1 and "none of your articles" in run.stdout, "another line break is another text"
    (tmp_path / "turm.txt").write_text(TOWER, encoding="utf-8-sig")
    save_index(tower.index, tmp_path / "index")
    for option, copy in (("--article", "turm.txt"), ("--index", "index")):
        run = beleg("verify-export", path, option, tmp_path / copy)
        assert run.returncode == 0 and "that of your own copy" in run.stdout, run.stdout
    quoted = export.turns[0].citations[0]

    def moved(data: dict[str, Any]) -> None:
        data["articles"][0]["text"] = "Davor. " + data["articles"][0]["text"]

    found = wrong(altered(export, path, moved), tower.articles[0])
    assert list(found) == ["article “Turm”"], "the quotations are those of one's own copy still"
    assert quoted.text in TOWER


def test_of_two_equal_sentences_the_one_quoted_is_meant(tower: Assistant, tmp_path: Path) -> None:
    export = exported(tower, "Wo steht er?", "Wo steht der Turm?")
    there = [(s.span.start, s.span.end) for s in tower.sentences(tower.articles[0].id)]
    for turn in export.turns:
        assert all((one.start, one.end) == there[one.sentence_index] for one in (*turn.citations, *turn.nearest))
    assert wrong(written(export, tmp_path / "e.html")) == {}


def block(text: str) -> bytes:
    return f"<html>{BLOCK_START}{text}\n</script>".encode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no export of Beleg"),
        (b"<html><p>Hallo", "no export of Beleg"),
        (b"\x00\x01\x02\xff\xfe", "not UTF-8"),
        (block("{"), "not JSON"),
        (block("[" * 200_000), "not JSON"),
        (block("1" * 5000), "not JSON"),
        (block("[]"), "of the format null"),
        (
            block('{"format": "beleg-export/9", "made": {"beleg": "7.1"}}'),
            'Check it with the Beleg that made it, "7.1"',
        ),
        (
            block('{"format": "beleg-export/2", "made": {"beleg": "0.1.0"}}'),
            'made it, "0.1.0", or export the conversation anew',
        ),
        (block('{"format": "beleg-export/5"}'), "language is missing"),
        (block('{"format": "beleg-export/5", "x": NaN}'), "NaN"),
        (block('{"format": "beleg-export/5", "name": "\\ud800"}'), "half a character"),
    ],
)
def test_what_is_no_export_is_refused_in_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "e.html").write_bytes(content)
    check_refused(beleg("verify-export", tmp_path / "e.html"), said, "e.html")


def test_a_file_that_cannot_be_read_or_is_too_large_is_refused(tmp_path: Path) -> None:
    check_refused(beleg("verify-export", tmp_path / "none.html"), "does not exist")
    check_refused(beleg("verify-export", tmp_path), "cannot be read")
    with (tmp_path / "large.html").open("wb") as file:
        file.truncate(100_000_001)
    check_refused(beleg("verify-export", tmp_path / "large.html"), "100 MB")
    check_refused(beleg("verify-export", "/dev/zero"), "only regular files are read")


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        (lambda data: data.pop("turns"), "turns is missing"),
        (lambda data: data["turns"][0].pop("question"), "turns[0].question is missing"),
        (put("turns", 0, 7), "turns[0] is 7. Expected an object"),
        (put("turns", 0, "citations", 0, "start", -1), "turns[0].citations[0].start is -1"),
        (put("turns", 0, "citations", 0, "start", True), "start is true"),
        (put("turns", 0, "confidence", 1e400), "not JSON"),
        (put("turns", 0, "confidence", 2), "confidence is 2"),
        (put("turns", 0, "citations", 0, "article_id", "x"), "quotes the article"),
        (put("turns", 0, "abstained", True), "is not answered and has an answer"),
        (put("turns", 2, "abstained", False), "is answered and has no citation"),
        (put("turns", 0, "more", 1), "turns[0].more is there"),
        (put("language", "fr"), "language is"),
        (put("made", "date", "gestern"), "made.date is"),
        (put("articles", 0, "language", '"><script>'), "articles[0].language is"),
        (lambda data: data["articles"].append(data["articles"][0]), "has an id twice"),
        (put("made", "settings", "x", []), "made.settings.x is"),
    ],
)
def test_a_malformed_block_is_named_by_its_field(export: Export, tmp_path: Path, alter: Alter, said: str) -> None:
    path = altered(export, tmp_path / "e.html", alter, page=False)
    with pytest.raises(Exception, match="Expected") as refused:
        read_export(path)
    assert type(refused.value).__name__ == "ExportError" and said in str(refused.value), refused.value


def test_a_field_given_twice_is_found(export: Export, tmp_path: Path) -> None:
    text = export_html(export).replace('"name": ', f'"name": {json.dumps("anders")},\n "name": ', 1)
    (tmp_path / "e.html").write_text(text, encoding="utf-8", newline="")
    assert list(wrong(tmp_path / "e.html")) == ["page"]


def test_a_terminal_is_not_commanded(export: Export, tmp_path: Path) -> None:
    path = altered(export, tmp_path / "e.html", put("articles", 0, "title", "\x1b[31mrot\u202e\nneue Zeile"))
    run = beleg("verify-export", path)
    assert "\x1b" not in run.stdout and "\u202e" not in run.stdout and "article “␛[31mrot� neue Zeile”" in run.stdout
