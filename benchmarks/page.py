"""Whether the marks on a PDF's pages lie where the words are, and how soon a cited page is seen.

python -m benchmarks.page boxes FOLDER [--sentences N] [--seed N]
python -m benchmarks.page clicks [--pages 10 300] [--rounds N]
python -m benchmarks.page hostile

"boxes" takes N random sentences (200) of the PDFs in FOLDER, of each in turn, and finds their letters among those of
pdfium's own text of the page, where they stand one after the other; their boxes are taken to the drawn page by
`FPDF_PageToDevice`, as the picture is. It prints how far the edges of a mark are from those of its characters, in
points, and how many sentences have all their characters within 2 points of their marks. A sentence whose letters are
not found in one run is counted and another is taken.

"clicks" serves a PDF of 10 and one of 300 pages, asks a question about a page in the middle, and measures in Chromium,
from the click until the cited page's picture and the mark on it are there: the first click, with nothing drawn and no
process open; a click on a citation of another page; and the first citation again. Medians over the rounds, in ms.

"hostile" draws the first page of PDFs that are made to take too much (`benchmarks.hostile_pdf`), and prints what came
of each and in how many seconds. The memory of what is refused is bounded by the system (`DRAWING_MEMORY`).
"""

from __future__ import annotations

import argparse
import ctypes
import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import zip_longest
from pathlib import Path

import pypdfium2.raw as pdfium
from playwright.sync_api import Browser, sync_playwright

from benchmarks.hostile_pdf import pdfs
from index import Article, ArticleError, read_article
from index.documents.pdf.drawing import Drawing
from index.place import Box
from index.splitting.sentences import split_sentences
from rag import Assistant
from tests.browser.chromium import Chat, start_chromium
from tests.pdf_files import PdfFile
from ui.web.server import launch

NEAR = 2.0
DRAWN = """
({ number }) => {
  const sheet = document.querySelector(`.sheet[data-number="${number}"]`);
  const picture = sheet?.querySelector("img");
  if (!picture?.complete || !picture.naturalWidth) return false;
  const { top, bottom } = sheet.querySelector(".spot")?.getBoundingClientRect() ?? { top: -1, bottom: -1 };
  return top >= 0 && bottom <= innerHeight;
}
"""
NAMES = ("Wasser", "Fernseh", "Kirch", "Leucht", "Rathaus", "Berg", "Pulver")
Letter = tuple[str, tuple[float, float, float, float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    boxes = commands.add_parser("boxes")
    boxes.add_argument("folder", type=Path)
    boxes.add_argument("--sentences", type=int, default=200)
    boxes.add_argument("--seed", type=int, default=1)
    clicks = commands.add_parser("clicks")
    clicks.add_argument("--pages", type=int, nargs="+", default=[10, 300])
    clicks.add_argument("--rounds", type=int, default=5)
    commands.add_parser("hostile")
    arguments = parser.parse_args()
    if arguments.command == "hostile":
        _hostile()
    elif arguments.command == "boxes":
        _boxes(arguments.folder, arguments.sentences, random.Random(arguments.seed))
    else:
        _clicks(arguments.pages, arguments.rounds)


def _boxes(folder: Path, wanted: int, chance: random.Random) -> None:
    of_files: list[list[tuple[Path, Article, int, int]]] = []
    for path in sorted(folder.glob("*.pdf")):
        try:
            article = read_article(path)
        except ArticleError:
            continue
        found = split_sentences(article.text, article.language, article.blocks)
        of_files.append([(path, article, one.span.start, one.span.end) for one in found])
        chance.shuffle(of_files[-1])
    # In turn, so that a book does not stand for all.
    sentences = [one for turn in zip_longest(*of_files) for one in turn if one is not None]
    letters: dict[tuple[Path, int], list[Letter]] = {}
    edges: list[float] = []
    near = looked_at = passed_over = 0
    files = set()
    for path, article, start, end in sentences:
        if looked_at == wanted:
            break
        place = article.place(start, end)
        expected = _found(path, article.text[start:end], place.boxes if place else (), letters)
        if place is None or not expected:
            passed_over += 1
            continue
        looked_at += 1
        files.add(path)
        within = [_distance(box, place.boxes) for _, box in expected]
        near += max(within) <= NEAR
        if max(within) > NEAR:
            print(f"  {max(within):.1f} points: {path.name}, page {place.page}: {article.text[start:end][:70]!r}")
        for box in place.boxes:
            inside = [one for _, one in expected if _distance(one, (box,)) <= NEAR]
            if inside:
                lowest, highest = (
                    [min(one[n] for one in inside) for n in (0, 1)],
                    [max(one[n] for one in inside) for n in (2, 3)],
                )
                sides = zip((box.left, box.top, box.right, box.bottom), (*lowest, *highest), strict=True)
                edges += [abs(one - other) for one, other in sides]
    edges.sort()
    print(f"{looked_at} sentences of {len(files)} files, {passed_over} passed over: letters not found in one run")
    print(f"all letters within {NEAR:g} points of their marks: {near} of {looked_at}")
    shares = ", ".join(
        f"{share:.0%} {edges[min(len(edges) - 1, int(share * len(edges)))]:.2f}" for share in (0.5, 0.95, 0.99)
    )
    print(f"edges of {len(edges) // 4} marks, points from their letters': {shares}, most {edges[-1]:.2f}")


def _found(
    path: Path, sentence: str, boxes: tuple[Box, ...], known: dict[tuple[Path, int], list[Letter]]
) -> list[Letter]:
    """Return a sentence's characters with their boxes, from its marked pages; none where they are not certain."""
    wanted = "".join(c for c in sentence if c.isalnum())
    there: list[Letter] = []
    for page in sorted({box.page for box in boxes}):
        if (path, page) not in known:
            known[path, page] = list(_letters(path, page))
        there += known[path, page]
    letters = [place for place, (letter, _) in enumerate(there) if letter.isalnum()]
    text = "".join(there[place][0] for place in letters)
    at = text.find(wanted)
    # Of a sentence that comes twice, it is not known which is meant.
    if len(wanted) < 8 or at < 0 or text.find(wanted, at + 1) >= 0:
        return []
    first, last = letters[at], letters[at + len(wanted) - 1]
    # With the marks before its first letter and after its last, where pdfium has them there too: a box to tick is none
    # of its characters.
    visible = "".join(sentence.split())
    begins = next(n for n, c in enumerate(visible) if c.isalnum())
    while begins and first and there[first - 1][0] == visible[begins - 1]:
        first, begins = first - 1, begins - 1
    ends = max(n for n, c in enumerate(visible) if c.isalnum())
    while ends + 1 < len(visible) and last + 1 < len(there) and there[last + 1][0] == visible[ends + 1]:
        last, ends = last + 1, ends + 1
    return there[first : last + 1]


def _letters(path: Path, number: int) -> Iterator[Letter]:
    """Yield what is no blank on a page in pdfium's order, with their boxes on the drawn page, in points."""
    document = pdfium.FPDF_LoadDocument(str(path).encode(), None)
    page = pdfium.FPDF_LoadPage(document, number - 1)
    text = pdfium.FPDFText_LoadPage(page)
    width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
    # Of a large device, whose whole numbers are hundredths of a point.
    size = (0, 0, round(100 * width), round(100 * height), 0)
    edges = [ctypes.c_double() for _ in range(4)]
    x, y = ctypes.c_int(), ctypes.c_int()
    for index in range(pdfium.FPDFText_CountChars(text)):
        letter = chr(pdfium.FPDFText_GetUnicode(text, index))
        if not letter.isspace() and pdfium.FPDFText_GetCharBox(text, index, *edges):
            left, right, bottom, top = (edge.value for edge in edges)
            corners = []
            for one in ((left, top), (right, bottom)):
                pdfium.FPDF_PageToDevice(page, *size, *one, x, y)
                corners.append((x.value / 100, y.value / 100))
            (a, b), (c, d) = corners
            yield letter, (min(a, c), min(b, d), max(a, c), max(b, d))
    pdfium.FPDFText_ClosePage(text)
    pdfium.FPDF_ClosePage(page)
    pdfium.FPDF_CloseDocument(document)


def _distance(letter: tuple[float, float, float, float], boxes: tuple[Box, ...]) -> float:
    """Return how far a letter's box juts out of the mark that it fits best, in points."""
    left, top, right, bottom = letter
    return min(max(box.left - left, box.top - top, right - box.right, bottom - box.bottom, 0.0) for box in boxes)


def _clicks(counts: list[int], rounds: int) -> None:
    print(f"{'pages':>6} {'first click':>12} {'other page':>12} {'second click':>13}")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = start_chromium(playwright)
        for count in counts:
            path = Path(folder, f"{count}.pdf")
            path.write_bytes(_written(count))
            assistant = Assistant.from_files([path])
            times = []
            for _ in range(rounds):
                # A new server has drawn nothing.
                app = launch(assistant, port=0, block=False, say=lambda line: None)
                times.append(_round(browser, app.url, count))
                app.close()
            first, other, second = (1000 * statistics.median(one) for one in zip(*times, strict=True))
            print(f"{count:6} {first:12.0f} {other:12.0f} {second:13.0f}", flush=True)
        browser.close()


def _hostile() -> None:
    for name, content in pdfs():
        begun = time.perf_counter()
        try:
            with closing(Drawing(content)) as drawing:
                picture = drawing.draw(1, 1280)
                said = f"{len(drawing.sizes)} pages, drawn {picture.width} x {picture.height}"
        except ArticleError as error:
            said = f"refused: {error.code}"
        print(f"{time.perf_counter() - begun:6.2f} s  {name:45} {said}", flush=True)


def _round(browser: Browser, url: str, count: int) -> tuple[float, float, float]:
    chat = Chat.open(browser, url)
    asked = [
        f"Wie hoch ist der {NAMES[number % len(NAMES)]}turm Nummer {number}?" for number in (count - 1, count // 2)
    ]
    markers = [chat.ask(question).locator(".quote .marker").first for question in asked]
    # Of 300 towers it may cite another one.
    there, here = (int(json.loads(marker.get_attribute("data-boxes") or "")[0][0]) for marker in markers)
    chat.settle()

    def seen(number: int) -> float:
        begun = time.perf_counter()
        # The click itself is made in the page, so that Playwright's own waiting does not count.
        chat.page.evaluate("(button) => button.click()", targets[number])
        chat.page.wait_for_function(DRAWN, arg={"number": number}, polling="raf")
        return time.perf_counter() - begun

    targets = {here: chat.page.locator('.view[data-view="pages"]').element_handle(), there: markers[0].element_handle()}
    first, other = seen(here), seen(there)
    targets[here] = markers[1].element_handle()
    second = seen(here)
    chat.close()
    return first, other, second


def _written(count: int) -> bytes:
    file = PdfFile()
    for number in range(1, count + 1):
        page = file.page()
        # At another place on each page, or it would be taken for a running head.
        y = 90 + 37 * (number * 7 % 13) + number * 11 % 37
        page.text(72, y, f"Der {NAMES[number % len(NAMES)]}turm Nummer {number} ist {100 + number} Meter hoch.", 10)
        page.lines(72, y + 30, f"Man sieht von dort {NAMES[number * 3 % len(NAMES)]} und {number} weitere Orte.", 10)
        for row in range(40):
            page.picture(72 + 11 * row, 600, 8, 60)
    return file.content()


if __name__ == "__main__":
    main()
