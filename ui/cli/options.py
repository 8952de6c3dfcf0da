"""The options that several commands have, and the assistant that they name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.output import ProgressBar

if TYPE_CHECKING:
    from rag import Assistant

# What can be read, in the words of a help text.
FORMATS = "text, Markdown, PDF, HTML, Word, EPUB, CSV, subtitles, mail"
# Texts and no paths: a path folds the two slashes of a URL into one.
Articles = Annotated[
    list[str] | None,
    typer.Option(
        "--article",
        "-a",
        metavar="FILE_OR_URL",
        help=f"A file ({FORMATS}) or a URL; repeat for more. Default: the bundled one.",
    ),
]
IndexFolder = Annotated[Path | None, typer.Option("--index", "-i", help="An index folder, from 'beleg index build'.")]
Only = Annotated[
    str,
    typer.Option(
        "--only",
        metavar="FILTER",
        help="Ask some of the articles: 'format:pdf date:2024 folder:reports title:annual author:… language:de'.",
    ),
]
Model = Annotated[
    str | None,
    typer.Option("--model", "-m", help="A sentence-transformers folder or hub name. Default: the embedded one."),
]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", "-s", help="A settings file, from 'beleg calibrate'. Default: none.")
]


def open_assistant(
    articles: list[str] | None,
    index: Path | None,
    model: str | None,
    settings_file: Path | None = None,
    *,
    max_citations: int | None = None,
    question: str | None = None,
    may_be_new: bool = False,
) -> Assistant:
    """Open what the options name, with a progress bar where that takes long.

    Args:
        articles, index, model, settings_file: the values of the options above.
        max_citations: replaces the settings' own.
        may_be_new: whether the index need not be there yet.
        question: checked before the model is loaded, so that a wrong one is refused at once.

    Raises:
        BadParameter: both articles and an index are given.
        BelegError: a file, the index or the model cannot be used, or the question cannot be asked.
    """
    from rag import Assistant, Settings
    from rag.settings import read_settings

    if articles and index:
        raise typer.BadParameter("--article and --index exclude each other: an index has its articles in it.")
    settings = read_settings(settings_file) if settings_file else Settings()
    if max_citations is not None:
        settings = replace(settings, max_citations=max_citations)
    if question is not None:
        settings.check_question(question)
    with ProgressBar() as progress:
        if index:
            return Assistant.from_index(index, model=model, settings=settings, progress=progress, may_be_new=may_be_new)
        if articles:
            return Assistant.from_files(articles, model=model, settings=settings, progress=progress)
        return Assistant.open(model=model, settings=settings, progress=progress)
