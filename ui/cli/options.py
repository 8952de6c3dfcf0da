"""The options that several commands have, and the assistant that they name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.output import ProgressBar

if TYPE_CHECKING:
    from rag import Assistant, Settings

# What can be read, in the words of a help text.
FORMATS = "text, Markdown, PDF, HTML, Word, EPUB, CSV, JSON, subtitles, mail"
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
# How a served index is named, in the words of a help text.
ADDRESS = "http://host:19530/NAME, or FILE.db/NAME for Milvus Lite"
# A path folds the two slashes of a URL into one, which `Address.parse` undoes.
IndexFolder = Annotated[
    Path | None,
    typer.Option("--index", "-i", help=f"An index folder, from 'beleg index build', or a served index: {ADDRESS}."),
]
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
LLMUrl = Annotated[
    str | None,
    typer.Option(
        "--llm",
        metavar="URL",
        envvar="BELEG_LLM_URL",
        help="An OpenAI-compatible server whose LLM writes prose that the sentences prove, such as "
        "http://127.0.0.1:11434/v1. Default: none.",
    ),
]
LLMModel = Annotated[
    str | None,
    typer.Option("--llm-model", metavar="NAME", envvar="BELEG_LLM_MODEL", help="Its model. Default: its first."),
]
LLMKey = Annotated[
    str | None,
    typer.Option(
        "--llm-key-variable",
        metavar="NAME",
        help="The environment variable that its key is read from. Default: BELEG_LLM_KEY.",
    ),
]


def with_llm(settings: Settings, url: str | None, model: str | None, key_variable: str | None) -> Settings:
    """Return settings with the LLM that the options name; what they do not name stays."""
    known = settings.llm
    url, model, key_variable = url or known.url, model or known.model, key_variable or known.key_variable
    return replace(settings, llm=replace(known, url=url, model=model, key_variable=key_variable))


def open_assistant(
    articles: list[str] | None,
    index: Path | None,
    model: str | None,
    settings_file: Path | None = None,
    *,
    max_citations: int | None = None,
    question: str | None = None,
    may_be_new: bool = False,
    llm: tuple[str | None, str | None, str | None] = (None, None, None),
) -> Assistant:
    """Open what the options name, with a progress bar where that takes long.

    Args:
        articles, index, model, settings_file: the values of the options above.
        max_citations: replaces the settings' own.
        may_be_new: whether the index need not be there yet.
        llm: the values of its three options.
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
    settings = with_llm(settings, *llm)
    if settings.llm.url:
        from rag.answering.prose.connection import host_of

        host_of(settings.llm)
    if question is not None:
        settings.check_question(question)
    with ProgressBar() as progress:
        if index:
            return Assistant.from_index(index, model=model, settings=settings, progress=progress, may_be_new=may_be_new)
        if articles:
            return Assistant.from_files(articles, model=model, settings=settings, progress=progress)
        return Assistant.open(model=model, settings=settings, progress=progress)
