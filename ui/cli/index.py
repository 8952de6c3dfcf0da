"""`beleg index build | info | verify`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index.errors import ArticleError, counted
from ui.cli.options import FORMATS, Model, SettingsFile
from ui.cli.output import ProgressBar, complain, print_line

if TYPE_CHECKING:
    from index import Article

index_commands = typer.Typer(help="Make, describe and check index folders.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="An index folder.")]


@index_commands.command()
def build(
    files: Annotated[
        list[str], typer.Argument(metavar="FILES_OR_URLS", help=f"Files ({FORMATS}), folders of them, and URLs.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The index folder to write.")],
    model: Model = None,
    settings: SettingsFile = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Drop articles of an index there that are not given.")
    ] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave out what cannot be read, and name it.")] = False,
) -> None:
    """Index documents into a folder that 'ask' and 'chat' open with --index.

    Those that cannot be read are all named, and nothing is indexed; with --skip-bad the others are.
    """
    from index import build_index
    from index.folder import check_nothing_lost, reserved
    from index.models.encoder import open_encoder
    from rag.settings import read_settings

    # All checks come before the encoding, which may take hours.
    with reserved(out) as save:
        index_settings = read_settings(settings).index if settings else None
        articles, bad = _read(files, skip_bad=skip_bad)
        if not replace:
            check_nothing_lost(out, articles)
        with ProgressBar() as progress:
            index = build_index(articles, open_encoder(model, progress), index_settings, progress)
        save(index)
    twice = len(articles) - len(index.articles)
    print_line(
        f"{out}: {counted(len(index.articles), 'article')}, {counted(len(index.sentences), 'sentence')}, "
        + counted(len(index.passages), "passage")
        + (f"; {counted(twice, 'file')} with the text of another" if twice else "")
        + (f"; {counted(bad, 'file')} left out" if bad else "")
    )


def _read(names: list[str], *, skip_bad: bool) -> tuple[list[Article], int]:
    """Return the articles and the number of files that cannot be read; each of these is named on standard error.

    Raises:
        ArticleError: there is such a file and `skip_bad` is not set, or no file can be read.
    """
    from index import read_articles

    faults: list[ArticleError] = []
    with ProgressBar() as progress:
        articles = list(read_articles(names, faults, progress))
    if len(faults) == 1 and not articles:
        raise faults[0]
    for fault in faults:
        complain(str(fault))
    if faults and not articles:
        raise ArticleError(
            f"none of {counted(len(faults), 'file')} can be read; nothing is indexed. Mend them.",
            "no-file-readable",
            n=len(faults),
        )
    if faults and not skip_bad:
        raise ArticleError(
            f"{counted(len(faults), 'file')} cannot be read, {len(articles)} can; nothing is indexed. "
            "Mend what is named above, or index the others: --skip-bad",
            "some-files-unreadable",
            n=len(faults),
            readable=len(articles),
        )
    return articles, len(faults)


@index_commands.command()
def info(folder: Folder) -> None:
    """Say what an index folder holds."""
    from index.folder import read_manifest

    manifest = read_manifest(folder)
    rows = {
        "format": f"{manifest['format']} version {manifest['version']}",
        "encoder": manifest["encoder"],
        **manifest["counts"],
        "bytes": sum(entry["bytes"] for entry in manifest["files"].values()),
        **manifest["settings"],
    }
    for name, value in rows.items():
        print_line(f"{name:16} {value}")


@index_commands.command()
def verify(folder: Folder) -> None:
    """Check every file of an index folder against its sha256."""
    from index import load_index

    index = load_index(folder)
    print_line(
        f"{folder}: whole, {counted(len(index.articles), 'article')}, {counted(len(index.sentences), 'sentence')}"
    )
