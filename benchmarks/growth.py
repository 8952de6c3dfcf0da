"""How the time that a text takes grows with its length, from 1 to 10 to 100 times, by what is done and by kind of text.

python -m benchmarks.growth [--only PART_OF_NAME]

The kinds are those that a pattern or a loop could take the square of. What takes more than RATIO times as long for ten
times as much, and more than SECONDS, in each of TRIES tries, is marked with <<<<, and the exit status is 1: CI runs it.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import sys
import time
from collections.abc import Callable, Iterator

from index import Article, bundled_article
from index.documents.delimited import read as read_table
from index.errors import ArticleError
from index.search.lexical import ngrams, stems
from index.search.vocabulary import Vocabulary
from index.settings import IndexSettings
from index.splitting.passages import split_passages
from index.splitting.sentences import split_sentences
from index.view import above, view_of
from ui.export import Export, check_export, export_html
from ui.export.data import FORMAT, ExportedArticle, ExportedTurn, Made, Quotation, ShortAnswer
from ui.texts import TEXTS
from ui.web.reading_pane import article_html

RATIO = 30.0
SECONDS = 0.3
# What is over is measured again, so often in all: a machine may be busy for a moment, what takes the square always is.
TRIES = 3
# Characters of the smallest text.
SMALLEST = 3000

TEXTS_OF = {
    "marks": "\u0301\u0323",
    "prose": "Der Zug kam um 12 Uhr in Berlin an. ",
    "a word": "a",
    "digits": "1234567890",
    "no blanks": "東京都は日本の首都",
    "no full stops": "wort ",
    "open quotations": "„a ",
    "quotation marks": '"Ja. Nein ',
    "ordinals": "am 3. mai ",
    "abbreviations": "z.B. ",
    "hyphens": "a-",
    "broken words": "Ab-\ncd ",
    "soft hyphens": "a\u00ad",
    "lines": "Die Zeile hier geht noch weiter und\n",
    "rows of commas": "Wert,12,4711,x\n",
    "rows of semicolons": "a;b\n",
    "rows of bars": "| a | b |\n",
    "tables apart": "a | b\nc | d | e\nf\n",
    "items": "- ein Punkt\n",
    "keys": "Name: Wert\n",
    "times": "12:30 Anna: hallo\n",
    "days": "Montag\nSitzung um drei\n",
    "headings": "# Titel\n\nEin Satz steht hier.\n\n",
    "numbers in words": "zwei drei hundert ",
}
BETWEEN = {
    "blanks in a line": ("Name ", " ", "x\nb"),
    "blanks behind a time": ("12:30", " ", "x\nb"),
    "blanks in a heading": ("# a", " ", "b\n\nEin Satz steht hier."),
    "a rule under a table": ("a | b\n", "-", "x\n"),
    "blanks under a table": ("a | b\nc | d\n", " ", "x\n"),
    "empty lines": ("a", "\n", "b"),
}


def texts() -> dict[str, Callable[[int], str]]:
    """Return, by name, what makes a text of about so many characters."""
    found: dict[str, Callable[[int], str]] = {}
    for name, piece in TEXTS_OF.items():
        found[name] = lambda n, piece=piece: "a" + piece * (n // len(piece))  # type: ignore[misc]
    for name, (begin, piece, end) in BETWEEN.items():
        found[name] = lambda n, begin=begin, piece=piece, end=end: begin + piece * n + end  # type: ignore[misc]
    found["a wide header"] = lambda n: "|" + "a|" * (n // 4) + "\n|---|\n" + "|x|\n" * (n // 8)
    found["a long heading"] = lambda n: "# " + "Titel und " * (n // 20) + "\n\n" + "Ein Satz. Ja.\n\n" * (n // 30)
    return found


def read(text: str) -> None:
    """Do all that is done with a text before it is encoded, and show it."""
    article = Article.read(text, language="de")
    sentences = split_sentences(article.text, "de", article.blocks)
    said = [view_of(article, one.span.start, one.span.end).text for one in sentences]
    split_passages(sentences, [len(one) // 4 for one in said], IndexSettings())
    for one, sentence in zip(said, sentences, strict=True):
        stems(one, ["de"])
        ngrams(one, IndexSettings().ngram)
        above(article, sentence.block)
        article.place(sentence.span.start, sentence.span.end)
    Vocabulary.build(said)
    article_html(article, sentences, TEXTS["de"])


def csv(rows: int) -> bytes:
    """Return a table's file of so many rows."""
    return ("Nummer;Name;Ort\n" + "".join(f"{n};Name {n};Ort {n % 7}\n" for n in range(rows))).encode()


def export_of(quotations: int, *, altered: bool = False) -> Export:
    """Return an export with so many sentences, each quoted by a turn of its own; `altered`: each as the whole text."""
    text = " ".join(f"Der Zug {n} kam um zwölf Uhr an." for n in range(quotations))
    article = Article.read(text, title="Züge", language="de")
    digest = hashlib.sha256(article.text.encode()).hexdigest()
    stated = ExportedArticle(article.id, digest, "Züge", "de", "", "", "", "", article.text, ())
    turns = []
    for one in split_sentences(article.text, "de", article.blocks):
        start, end = (0, len(article.text)) if altered else (one.span.start, one.span.end)
        said = "" if altered else article.text[start:end]
        cited = Quotation(article.id, one.number, start, end, said, None)
        short = () if altered else (ShortAnswer(1, start, start + 7, article.text[start : start + 7]),)
        turns.append(ExportedTurn("Wann?", "Wann?", "question", False, 0.9, False, (), short, (cited,), ()))
    made = Made("2026-05-12T14:03:00+00:00", "1", "m", "s", {})
    return Export(FORMAT, "de", "Züge", made, (stated,), tuple(turns), 0, ())


def check(quotations: int, *, altered: bool = False) -> None:
    """Make the page of an export, and check all of its quotations."""
    export = export_of(quotations, altered=altered)
    proved = [finding.proved for finding in check_export(export, export_html(export), (), bundled_article())]
    if sum(proved) != (2 if altered else 2 * quotations + 2):
        raise RuntimeError("the quotations were not checked")


def cases() -> Iterator[tuple[str, Callable[[int], object]]]:
    """Yield the name of each case, and what runs it at 1, 10 or 100 times its smallest size."""
    for name, make in texts().items():
        yield f"read {name}", lambda times, make=make: _read(make(SMALLEST * times))  # type: ignore[misc]
    yield "a table's file", lambda times: read_table(csv(800 * times), "x.csv")
    yield "verify-export", lambda times: check(30 * times)
    yield "verify-export, all altered", lambda times: check(30 * times, altered=True)


def _read(text: str) -> None:
    try:
        read(text)
    except ArticleError:
        # Refused, which must be fast, too.
        return


def seconds(run: Callable[[int], object], times: int) -> float:
    """Return how long the processor works, in seconds, without the collection of garbage, which others left."""
    gc.collect()
    gc.disable()
    try:
        begun = time.process_time()
        run(times)
        return time.process_time() - begun
    finally:
        gc.enable()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="cases with this in their names")
    arguments = parser.parse_args()
    wrong = 0
    read("Ein Satz steht hier.")
    for name, run in cases():
        if arguments.only not in name:
            continue
        for _ in range(TRIES):
            took = [seconds(run, times) for times in (1, 10, 100)]
            is_over = took[2] > SECONDS and took[2] > RATIO * took[1]
            if not is_over:
                break
        wrong += is_over
        print(f"{name:32} " + "  ".join(f"{one:8.3f} s" for one in took) + ("  <<<<" if is_over else ""), flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
