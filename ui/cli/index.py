"""`beleg index build | sync | info | verify | drop`."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index.errors import ArticleError, BelegError, counted
from ui.cli.options import ADDRESS, FORMATS, Model, SettingsFile
from ui.cli.output import ProgressBar, complain, print_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from index import Article
    from index.cluster import Cluster
    from index.sync import Plan, Sync, Synced

index_commands = typer.Typer(help="Make, describe and check indexes.", no_args_is_help=True)

# Texts and no paths: a path folds the two slashes of a URL into one.
Place = Annotated[str, typer.Argument(metavar="INDEX", help=f"An index folder, or a served index: {ADDRESS}.")]
Memory = Annotated[
    int | None,
    typer.Option(
        "--memory",
        metavar="MB",
        min=1,
        help="How much of the index may be held before it is written to --out; with --ray also what is under way. 256.",
    ),
]


@index_commands.command()
def build(
    files: Annotated[
        list[str], typer.Argument(metavar="FILES_OR_URLS", help=f"Files ({FORMATS}), folders of them, and URLs.")
    ],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The index folder to write.")] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="ADDRESS", help=f"A Milvus server to put the index on: {ADDRESS}.")
    ] = None,
    model: Model = None,
    settings: SettingsFile = None,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            help="Drop articles of an index there that are not given; with --to also an index that was made otherwise.",
        ),
    ] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave out what cannot be read, and name it.")] = False,
    memory: Memory = None,
    ray: Annotated[
        str | None,
        typer.Option(
            "--ray",
            metavar="ADDRESS",
            help="Read and encode in tasks of Ray: on all cores of this machine (local) or some (local:4), or on a "
            "cluster (HOST:PORT, ray://HOST:PORT, or auto on one of its nodes).",
        ),
    ] = None,
) -> None:
    """Index documents into a folder, or onto a Milvus server, that 'ask' and 'chat' open with --index.

    Those that cannot be read are all named, and nothing is indexed; with --skip-bad the others are. After a run that
    was stopped the next one goes on from there. A server is only sent what it does not have.
    """
    if (out is None) == (to is None):
        raise typer.BadParameter("Expected one of --out FOLDER and --to ADDRESS.")
    if to is not None:
        if memory and not ray:
            raise typer.BadParameter("--memory and --to exclude each other, unless with --ray.")
        _build_served(
            files, to, model, settings, replace=replace, skip_bad=skip_bad, cluster=_cluster(ray, model, memory)
        )
        return
    if out is None:
        return
    from index.folder import check_nothing_lost, reserved
    from index.models.embedded_encoder import open_encoder
    from index.parts import Parts, build_in_parts
    from index.settings import IndexSettings
    from rag.settings import read_settings

    # All checks come before the encoding, which may take hours.
    with reserved(out) as save, _cluster(ray, model, memory) as cluster:
        index_settings = read_settings(settings).index if settings else IndexSettings()
        articles, bad = _read(files, save.read, cluster, skip_bad=skip_bad)
        if not replace:
            check_nothing_lost(out, articles)
        with ProgressBar() as progress:
            parts = Parts(
                out,
                lambda: open_encoder(model, progress),
                index_settings,
                progress=progress,
                memory=_bytes_of(memory),
                cluster=cluster,
            )
            with parts.alone():
                index, resumed = build_in_parts(articles, parts, save)
                save(index)
                parts.clear()
    twice = len(articles) - len(index.articles)
    print_line(
        f"{out}: {counted(len(index.articles), 'article')}, {counted(len(index.sentences), 'sentence')}, "
        + counted(len(index.passages), "passage")
        + (f"; {counted(resumed, 'article')} encoded by a run that was stopped" if resumed else "")
        + (f"; {counted(twice, 'file')} with the text of another" if twice else "")
        + (f"; {counted(bad, 'file')} left out" if bad else "")
    )
    _print_others(files)


def _cluster(address: str | None, model: str | None, memory: int | None) -> AbstractContextManager[Cluster | None]:
    """Return what reads and encodes, to be entered after all checks; nothing without an address."""
    if address is None:
        return nullcontext()
    from index.cluster import Cluster

    return Cluster(address, model, _bytes_of(memory))


def _bytes_of(memory: int | None) -> int:
    """Return what `--memory` says, in bytes."""
    from index.settings import BUILD_MEMORY

    return 1_000_000 * memory if memory else BUILD_MEMORY


def _build_served(
    files: list[str],
    to: str,
    model: str | None,
    settings: Path | None,
    *,
    replace: bool,
    skip_bad: bool,
    cluster: AbstractContextManager[Cluster | None],
) -> None:
    from index.models.embedded_encoder import open_encoder
    from index.served.address import Address
    from index.served.publish import check_target, publish
    from rag.settings import read_settings

    address = Address.parse(to)
    check_target(address, replace=replace)
    index_settings = read_settings(settings).index if settings else None
    with cluster as tasks:
        articles, bad = _read(files, tuple, tasks, skip_bad=skip_bad)
        with ProgressBar() as progress:
            done = publish(
                articles,
                address,
                lambda: open_encoder(model, progress),
                index_settings,
                progress,
                replace=replace,
                cluster=tasks,
            )
    twice = len(articles) - done.articles
    print_line(
        f"{address}: {counted(done.articles, 'article')}, {counted(done.sentences, 'sentence')}, "
        f"{counted(done.passages, 'passage')}; {done.new} new, {done.removed} removed"
        + (f", {done.resumed} by a run that was stopped" if done.resumed else "")
        + (f"; {counted(twice, 'file')} with the text of another" if twice else "")
        + (f"; {counted(bad, 'file')} left out" if bad else "")
    )
    _print_others(files)


def _print_others(names: list[str]) -> None:
    """Say what stands in folders that were named and is of no kind that is read: it may have been meant."""
    from index.documents.files import others_below

    found = sum((others_below(Path(name)) for name in names if Path(name).is_dir()), Counter[str]())
    if found:
        kinds = ", ".join(f"{number} {ending or 'without ending'}" for ending, number in found.most_common(_MOST_KINDS))
        more = " and others" if len(found) > _MOST_KINDS else ""
        print_line(f"not read, because of other kinds: {kinds}{more}")


def _read(
    names: list[str],
    keep: Callable[[Iterable[Article]], Sequence[Article]],
    cluster: Cluster | None,
    *,
    skip_bad: bool,
) -> tuple[Sequence[Article], int]:
    """Return the articles and the number of files that cannot be read; each of these is named on standard error.

    Args:
        keep: takes the articles as they are read, and returns them.
        cluster: what reads them in place of this process.

    Raises:
        ArticleError: there is such a file and `skip_bad` is not set, or no file can be read.
    """
    from index import read_articles

    faults: list[ArticleError] = []
    with ProgressBar() as progress:
        read = cluster.read if cluster else read_articles
        articles = keep(read(names, faults, progress))
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


# Endings that are named of files that are not read.
_MOST_KINDS = 8
# Documents of a kind that a line each is printed for; of more, only how many.
_MOST_LINES = 20


@index_commands.command()
def sync(
    folder: Annotated[Path, typer.Argument(help=f"A folder of documents ({FORMATS}), with the folders in it.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The index folder to keep in step with it.")],
    model: Model = None,
    settings: SettingsFile = None,
    watch: Annotated[bool, typer.Option("--watch", help="Go on, and follow each change, until Ctrl-C.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Also where more than half of the documents would go.")] = False,
    restore: Annotated[
        bool, typer.Option("--restore", help="Take in again what was removed in the chat and is still in the folder.")
    ] = False,
    memory: Memory = None,
) -> None:
    """Keep an index in step with a folder: read and encode what is new or changed, drop what was deleted.

    What is as it was is not read again, and what was moved costs nothing. A file that cannot be read is named, and the
    others are indexed. After a run that was stopped the next one goes on from there.
    """
    from index.library import Library
    from index.sync import Sync

    if watch and dry_run:
        raise typer.BadParameter("--watch and --dry-run exclude each other.")
    syncing = Sync(Library(out), folder)
    plan = syncing.plan(restore=restore)
    _print_plan(plan, all_lines=dry_run)
    _print_others([str(folder)])
    if not yes:
        plan.check()
    if dry_run:
        return
    _sync(syncing, plan, out, model, settings, memory)
    if watch:
        print_line(f"Watching {folder}; Ctrl-C ends it.")
        _follow(syncing, out, model, settings, memory, yes=yes)


def _follow(
    syncing: Sync, out: Path, model: str | None, settings: Path | None, memory: int | None, *, yes: bool
) -> None:
    """Sync whenever something changes; what goes wrong is said once, and tried again with the next change."""
    said = ""
    for _ in syncing.watch():
        try:
            plan = syncing.plan()
            if not yes:
                plan.check()
            if not plan.does_nothing:
                _print_plan(plan)
                _sync(syncing, plan, out, model, settings, memory)
            said = ""
        except BelegError as error:
            if str(error) != said:
                complain(str(error))
            said = str(error)


def _sync(syncing: Sync, plan: Plan, out: Path, model: str | None, settings: Path | None, memory: int | None) -> None:
    from index.models.embedded_encoder import open_encoder
    from rag.settings import read_settings

    index_settings = read_settings(settings).index if settings else None
    with ProgressBar() as progress:
        done = syncing.run(plan, lambda: open_encoder(model, progress), index_settings, progress, _bytes_of(memory))
    for fault in done.faults:
        complain(str(fault))
    _print_done(out, plan, done)


def _print_plan(plan: Plan, *, all_lines: bool = False) -> None:
    """Print what is to be done: each document that leaves, and of the others a few or all."""
    moved = [f"{before} -> {now}" for before, now in plan.moved]
    for mark, found in (("new", plan.new), ("changed", plan.changed), ("moved", moved), ("deleted", plan.deleted)):
        shown = len(found) if all_lines or mark == "deleted" or len(found) <= _MOST_LINES else 0
        for one in found[:shown]:
            print_line(f"{mark:8} {one}")
        if len(found) > shown:
            print_line(f"{mark:8} {counted(len(found), 'document')}")
    if plan.does_nothing:
        print_line(f"{plan.folder}: nothing has changed, {counted(plan.unchanged, 'document')}")
    if plan.removed:
        print_line(
            f"{counted(plan.removed, 'document')} left out, because removed in the chat; --restore takes in again"
        )


def _print_done(out: Path, plan: Plan, done: Synced) -> None:
    if done.index is None:
        return
    print_line(
        f"{out}: {counted(len(done.index.articles), 'article')}; {counted(done.read, 'document')} read"
        + (f", {done.resumed} by a run that was stopped" if done.resumed else "")
        + f", {len(plan.moved)} moved, {len(plan.deleted)} deleted; {counted(done.encoded, 'text')} encoded"
        + (f"; {counted(len(done.faults), 'file')} left out" if done.faults else "")
    )


@index_commands.command()
def info(index: Place) -> None:
    """Say what an index holds."""
    from index.manifest import read_manifest
    from index.served.address import is_served

    if is_served(index):
        _print_served(index)
        return
    manifest = read_manifest(Path(index))
    rows = {
        "format": f"{manifest['format']} version {manifest['version']}",
        "encoder": manifest["encoder"],
        **manifest["counts"],
        "bytes": sum(entry["bytes"] for entry in manifest["files"].values()),
        **manifest["settings"],
    }
    for name, value in rows.items():
        print_line(f"{name:16} {value}")


def _print_served(place: str) -> None:
    from index.served.address import Address
    from index.served.check import described

    for name, value in described(Address.parse(place)).items():
        print_line(f"{name:16} {value}")


@index_commands.command()
def verify(index: Place) -> None:
    """Check every file of an index folder against its sha256; of a served index, that every article is there, whole."""
    from index import load_index
    from index.served.address import Address, is_served

    if is_served(index):
        from index.served.check import verified

        with ProgressBar() as progress:
            articles, sentences = verified(Address.parse(index), progress)
    else:
        loaded = load_index(Path(index), verify=True)
        articles, sentences = len(loaded.articles), len(loaded.sentences)
    print_line(f"{index}: whole, {counted(articles, 'article')}, {counted(sentences, 'sentence')}")


@index_commands.command()
def drop(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help=f"A served index: {ADDRESS}.")],
) -> None:
    """Remove a served index from its server."""
    from index.served.address import Address
    from index.served.check import dropped

    place = Address.parse(address)
    dropped(place)
    print_line(f"{place}: removed")
