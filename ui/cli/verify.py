"""`beleg verify-export`: proves every quotation of an exported conversation against its articles."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from index.errors import counted
from ui.cli.options import Articles, IndexFolder
from ui.cli.output import ProgressBar, one_line, print_plain

ALTERED = 1
_SHOWN_CHARACTERS = 240


def verify_export(
    file: Annotated[Path, typer.Argument(help="A conversation exported from the web chat, an HTML file.")],
    article: Articles = None,
    index: IndexFolder = None,
) -> None:
    """Prove every quotation of an exported conversation. Exit status 1: something is not as the file states.

    An article is compared with your own copy, from --article or --index, or with the one that ships with Beleg. Without
    a copy its text can only be compared with the checksum in the file itself.
    """
    from index import bundled_article, load_index, read_articles
    from index.served.address import Address, is_served
    from index.served.archive import ServedIndex
    from index.splitting.passages import splitter_mark
    from ui.export import check_export, read_export

    export, text = read_export(file)
    with ProgressBar() as progress:
        own = list(read_articles(article or [], progress=progress))
    if index:
        held = ServedIndex.open(Address.parse(index)) if is_served(index) else load_index(index)
        own += held.articles
    made = export.made
    _print(f"{file}: {counted(len(export.turns), 'question')}, exported on {made.date} with Beleg {made.beleg}")
    findings = []
    for finding in check_export(export, text, own, bundled_article()):
        findings.append(finding)
        mark = ("✓" if finding.proved else "✗") if finding.judged else "·"
        _print(f"{mark} {finding.where}: {finding.says}")
    wrong = sum(not finding.proved for finding in findings)
    quoted = [finding.proved for finding in findings if finding.quotes]
    not_so = f"; {wrong} thing{' is' if wrong == 1 else 's are'} not as stated" if wrong else ""
    _print(f"{sum(quoted)} of {len(quoted)} quotations and short answers proved{not_so}.")
    if wrong and made.splitter != splitter_mark():
        _print(f"Sentences were split by {made.splitter}, here by {splitter_mark()}: that alone may tell them apart.")
    _print("Not checked, since nothing can prove them: the questions, an LLM's prose, titles, sources, pages and other "
           "places, confidences, the date; pictures of pages without your own copy.")  # fmt: skip
    raise typer.Exit(ALTERED if wrong else 0)


def _print(line: str) -> None:
    line = one_line(line)
    print_plain(line if len(line) <= _SHOWN_CHARACTERS else line[: _SHOWN_CHARACTERS - 1] + "…")
