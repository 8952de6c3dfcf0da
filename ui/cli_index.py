"""`beleg index build | info | verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ui.terminal import console, progress_bar

index_commands = typer.Typer(help="Make, describe and check index folders.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="An index folder.")]


@index_commands.command()
def build(
    files: Annotated[list[Path], typer.Argument(help="UTF-8 text files, or folders of them (.txt, .md).")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The index folder to write.")],
    model: Annotated[str | None, typer.Option("--model", "-m", help="Default: the embedded one.")] = None,
    settings: Annotated[Path | None, typer.Option("--settings", "-s", help="A settings file. Default: none.")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Drop articles of an index there that are not given.")
    ] = False,
) -> None:
    """Index text files into a folder that 'ask' and 'chat' open with --index."""
    from index import build_index, read_articles, save_index
    from index.encoder import open_encoder
    from index.replacing import check_nothing_lost
    from index.store import check_target
    from rag.settings_file import read_settings

    check_target(out)
    index_settings = read_settings(settings).index if settings else None
    articles = list(read_articles(files))
    # Before anything is encoded: that may take hours.
    if not replace:
        check_nothing_lost(out, articles)
    with progress_bar() as progress:
        index = build_index(articles, open_encoder(model, progress), index_settings, progress)
    save_index(index, out)
    console().print(
        f"{out}: {len(index.articles)} articles, {len(index.sentences)} sentences, {len(index.passages)} passages",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


@index_commands.command()
def info(folder: Folder) -> None:
    """Say what an index folder holds."""
    from index.store import read_manifest

    manifest = read_manifest(folder)
    rows = {
        "format": f"{manifest['format']} version {manifest['version']}",
        "encoder": manifest["encoder"],
        **manifest["counts"],
        "bytes": sum(entry["bytes"] for entry in manifest["files"].values()),
        **manifest["settings"],
    }
    for name, value in rows.items():
        console().print(f"{name:16} {value}", markup=False, highlight=False, soft_wrap=True)


@index_commands.command()
def verify(folder: Folder) -> None:
    """Check every file of an index folder against its sha256."""
    from index import load_index

    index = load_index(folder)
    console().print(
        f"{folder}: whole, {len(index.articles)} articles, {len(index.sentences)} sentences",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
