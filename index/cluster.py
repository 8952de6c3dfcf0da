"""Documents read, and articles split and encoded, by tasks on the cores of this machine or of a Ray cluster.

The only importer of Ray. A file is a task, and so is a part of an index (`index.parts.batches`): a larger article, or
smaller ones together. Results come in the order of what they are of, so that what is made of them is the same as
without Ray. These are plain tasks and not a pipeline of Ray Data, which promises neither that order nor which file an
error is of, and whose blocks bound memory only by what lies between its steps.
"""

from __future__ import annotations

import os
import re
import secrets
import signal
import socket
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import Any

from index.article import Article
from index.atomic import sha256_of
from index.build import build_index
from index.documents.files import documents_below, is_url, read_article, read_articles
from index.errors import ArticleError, BelegError, ClusterError, ExtraError
from index.index import Index
from index.models.embedded_encoder import open_encoder
from index.models.encoder import Encoder
from index.settings import BUILD_MEMORY, IndexSettings, Progress
from index.splitting.passages import splitter_mark

# The cores of this machine, all or some.
_LOCAL = re.compile("local(?::([1-9][0-9]{0,3}))?")
# Bytes of a part for each character of its articles' texts, as it comes back, and of any task that waits.
_OF_CHARACTER, _OF_TASK = 60, 100_000
# Ray takes no less for its store of objects.
_LEAST_STORE = 100_000_000
# Seconds until a cluster's port must answer: Ray itself tries for two minutes.
_CONNECT = 5.0


class Cluster:
    """Runs tasks, as a context manager: with the end of it they end, and so does what was started for them.

    Args:
        address: "local" for the cores of this machine, "local:4" for four of them, "auto" for the cluster that it is a
            node of, or HOST:PORT or ray://HOST:PORT.
        model: what encodes, see `open_encoder`; a folder must be there on each node.
        memory: bytes that the results of all tasks that run or wait may have together; one may always.

    Raises:
        ClusterError: it is not reachable.
        ExtraError: Ray is not installed.
    """

    def __init__(self, address: str, model: str | None = None, memory: int = BUILD_MEMORY) -> None:
        self._address, self._model, self._memory = address, model, memory
        self._is_here = _LOCAL.fullmatch(address)
        self._open = ExitStack()
        self._ray: Any = None
        self._status: int | None = None

    def __enter__(self) -> Cluster:
        self._ray = _imported(starts=self._is_here is not None)
        options: dict[str, Any] = {"address": self._address}
        if self._is_here:
            cores = self._is_here[1]
            options = {"address": "local", "num_cpus": int(cores) if cores else None, "include_dashboard": False}
            options["object_store_memory"] = max(self._memory, _LEAST_STORE)
            # Of what does not fit into memory, and of its logs, nothing is left.
            temporary = tempfile.TemporaryDirectory(prefix="beleg-ray-", dir=_short(), ignore_cleanup_errors=True)
            options["_temp_dir"] = self._open.enter_context(temporary)
        elif self._address != "auto":
            _check_reachable(self._address)
        before = signal.getsignal(signal.SIGTERM)
        try:
            with _uninterrupted() if self._is_here else nullcontext():
                self._init(options)
            if _is_main_thread():
                # Ray's own handler aborts at once, and leaves what was started for the tasks.
                signal.signal(signal.SIGTERM, self._end)
                self._open.callback(signal.signal, signal.SIGTERM, before)
        except BaseException as error:
            self._close()
            # SystemExit: what Ray raises in the end where another server answers.
            if not isinstance(error, (Exception, SystemExit)):
                raise
            raise _not_started(error) if self._is_here else _unreachable(self._address, error) from error
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        self._close()
        if isinstance(error, SystemExit) and self._status:
            # Where the signal comes while Ray waits for a result, Ray makes another SystemExit of it, with status 1.
            sys.exit(self._status)

    def _end(self, number: int, _: object) -> None:
        self._status = 128 + number
        sys.exit(self._status)

    def read(
        self, names: Iterable[str | Path], faults: list[ArticleError], progress: Progress | None = None
    ) -> Iterator[Article]:
        """Read documents as `read_articles` does: in its order, with its faults.

        A node reads a file that it has under the same name, with the same content. Everything else is read here: what
        nodes do not have, what cannot be read, and URLs, which are for this machine to fetch.

        Args:
            progress: called with "documents", how many are read and how many there are.

        Raises:
            ArticleError: as of `read_articles`.
            ClusterError: it does not go on.
        """
        names = list(names)
        files = list(_files(names, faults))
        calls = ((_size(one), (str(one), os.getcwd(), _made_by())) for one in files)  # noqa: PTH109 - a name
        for number, (one, result) in enumerate(zip(files, self._each(_read, calls), strict=True)):
            if progress:
                progress("documents", number, len(files))
            try:
                article = self._of(result, f"reading {one}")
                found = [article] if self._is_of(article, one) else list(read_articles([one], faults, progress))
            except ArticleError as error:
                # One that is gone since the folder was looked through.
                if one in names:
                    raise
                faults.append(error)
            else:
                yield from found
        if progress and files:
            progress("documents", len(files), len(files))

    def build(self, batches: Iterable[Sequence[Article]], fingerprint: str, settings: IndexSettings) -> Iterator[Index]:
        """Yield the index of each batch of articles, in order, as `build_index` makes it.

        Args:
            fingerprint: of the encoder, which must be the same on each node.

        Raises:
            ClusterError: it does not go on, or a node has another version of Beleg or of the model.
            ModelError: a node does not have the model.
        """
        made_by = _made_by()

        def call(batch: Sequence[Article]) -> tuple[int, tuple[object, ...]]:
            size = _OF_CHARACTER * sum(len(one.text) for one in batch)
            # Those of a folder are tied to its files.
            return size, ([one.to_dict() for one in batch], self._model, fingerprint, settings, made_by)

        for result in self._each(_build, map(call, batches)):
            yield self._of(result, "encoding")

    def _each(
        self, function: Callable[..., object], calls: Iterable[tuple[int, tuple[object, ...]]]
    ) -> Iterator[object]:
        """Yield what `_of` takes for each call of a function, in order. Each call has the bytes of its result."""
        task = self._ray.remote(function)
        waiting: deque[tuple[Any, int]] = deque()
        held = 0
        try:
            for size, arguments in calls:
                size += _OF_TASK
                while waiting and held + size > self._memory:
                    yield waiting[0][0]
                    held -= waiting.popleft()[1]
                waiting.append((task.remote(*arguments), size))
                held += size
            while waiting:
                yield waiting[0][0]
                waiting.popleft()
        finally:
            if self._ray.is_initialized():
                for one, _ in waiting:
                    self._ray.cancel(one, force=True)

    def _of(self, result: object, what: str) -> Any:
        """Wait for a result. Raises what a task has raised, or ClusterError where there will be none."""
        try:
            return self._ray.get(result)
        except self._ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, BelegError):
                raise error.cause from None
            reason = f"{type(error.cause).__name__}: {error.cause}"
            raise _failed(self._address, what, reason) from error
        except self._ray.exceptions.RayError as error:
            raise _failed(self._address, what, str(error) or type(error).__name__) from error

    def _is_of(self, article: Article | None, file: str | Path) -> bool:
        """Return whether an article was read from a file as this machine has it."""
        if article is None or self._is_here:
            return article is not None
        try:
            return article.source_sha256 == sha256_of(Path(file))
        except OSError:
            return False

    def _init(self, options: dict[str, Any]) -> None:
        # Only what is an error is said; tasks write nothing between Beleg's own lines.
        options |= {"logging_level": "ERROR", "log_to_driver": False}
        try:
            self._ray.init(**options)
        except ConnectionAbortedError:
            # A busy cluster does not always start its server for a client in time.
            self._ray.shutdown()
            self._ray.init(**options)

    def _close(self) -> None:
        self._ray.shutdown()
        self._open.close()


def build_batches(
    batches: Iterable[Sequence[Article]],
    encoder: Encoder,
    settings: IndexSettings,
    progress: Progress | None = None,
    cluster: Cluster | None = None,
) -> Iterator[Index]:
    """Yield the index of each batch of articles, in order: made here, or by a cluster.

    Args:
        progress: told of the encoding here.

    Raises:
        ClusterError, ModelError: as of `Cluster.build`.
    """
    if cluster:
        yield from cluster.build(batches, encoder.fingerprint, settings)
    else:
        for batch in batches:
            yield build_index(batch, encoder, settings, progress)


def _read(name: str, folder: str, made_by: tuple[str, str]) -> Article | None:
    """Task: return the article of a file; None where this is not the place to read it."""
    _check_made_by(made_by)
    if is_url(name):
        return None
    try:
        os.chdir(folder)
        return read_article(name)
    except (ArticleError, OSError):
        return None


def _build(
    articles: Sequence[dict[str, Any]],
    model: str | None,
    fingerprint: str,
    settings: IndexSettings,
    made_by: tuple[str, str],
) -> Index:
    """Task: return the index of some articles."""
    _check_made_by(made_by)
    # A task has one core.
    os.environ["OMP_NUM_THREADS"] = "1"
    encoder = open_encoder(model)
    if encoder.fingerprint != fingerprint:
        raise ClusterError(
            f"the model of the node {socket.gethostname()} is {encoder.fingerprint}, not {fingerprint}. Expected the "
            "same on each node: copy the model's folder there",
            "cluster-other-model",
            node=socket.gethostname(),
            found=encoder.fingerprint,
            wanted=fingerprint,
        )
    return build_index([Article.from_dict(one) for one in articles], encoder, settings)


def _made_by() -> tuple[str, str]:
    """Return what a text's sentences and passages depend on beside it and the settings."""
    return version("beleg"), splitter_mark()


def _check_made_by(wanted: tuple[str, str]) -> None:
    if (found := _made_by()) != wanted:
        raise ClusterError(
            f"the node {socket.gethostname()} has Beleg {found[0]} ({found[1]}), and this machine {wanted[0]} "
            f"({wanted[1]}). Expected the same on each node: pip install 'beleg[cluster]=={wanted[0]}'",
            "cluster-other-version",
            node=socket.gethostname(),
            found=found[0],
            wanted=wanted[0],
        )


def _files(names: Iterable[str | Path], faults: list[ArticleError]) -> Iterator[str | Path]:
    """Yield files and URLs; of folders, their documents. A folder without any is yielded: reading it says why."""
    for name in names:
        failed: list[ArticleError] = []
        if not is_url(name) and (found := sorted(documents_below(Path(name), failed.append))):
            faults += failed
            yield from found
        else:
            yield name


def _size(file: str | Path) -> int:
    try:
        return Path(file).stat().st_size
    except OSError:
        return 0


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back for some seconds: in the middle of its start, Ray crashes by it and leaves files."""
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler or not _is_main_thread():
        yield
        return
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if came:
            raise KeyboardInterrupt


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _imported(*, starts: bool) -> Any:
    """Return Ray, which tells nobody that it is used, and whose processes, where it starts some, obey only this one."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    # Ray starts its processes by fork and exec, between which gRPC's handlers of a fork crash now and then.
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
    if starts:
        # Its ports can be reached from other machines, and whoever has the token runs code. Ray asks for one, and would
        # take it from a file that all users of this machine can read.
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    try:
        import ray
        import ray.exceptions
    except ImportError as error:
        raise ExtraError(
            "Ray is not installed. Expected the libraries that --ray needs; install them: pip install 'beleg[cluster]'",
            "ray-not-installed",
        ) from error
    return ray


def _check_reachable(address: str) -> None:
    """Raise ClusterError where nothing answers at an address, or it is none."""
    host, colon, port = address.removeprefix("ray://").strip("/").rpartition(":")
    if not colon or not host or "/" in host or not port.isdecimal():
        raise ClusterError(
            f"{address} is no address of a Ray cluster. Expected local, auto, HOST:PORT or ray://HOST:PORT: "
            "--ray 10.0.0.5:6379",
            "cluster-address",
            address=address,
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), _CONNECT).close()
    except (OSError, OverflowError) as error:
        raise _unreachable(address, error) from error


def _short() -> str | None:
    """Return a folder for temporary files whose name is short enough for sockets in it; None for the usual one."""
    # A socket's path has some 100 characters at most, of which Ray needs 86.
    return None if len(tempfile.gettempdir()) <= 16 or not Path("/tmp").is_dir() else "/tmp"  # noqa: S108


def _not_started(error: BaseException) -> ClusterError:
    return ClusterError(
        f"Ray does not start on this machine: {_reason(error)}. Expected memory and disk enough; or leave --ray away.",
        "cluster-not-started",
        reason=_reason(error),
    )


def _unreachable(address: str, error: BaseException) -> ClusterError:
    return ClusterError(
        f"no Ray cluster can be used at {address}: {_reason(error)}. Expected one that runs: ray start --head --port "
        "6379; or the cores of this machine: --ray local",
        "cluster-unreachable",
        address=address,
        reason=_reason(error),
    )


def _reason(error: BaseException) -> str:
    return " ".join(str(getattr(error, "strerror", None) or error).split())[:300] or type(error).__name__


def _failed(address: str, what: str, reason: str) -> ClusterError:
    reason = " ".join(reason.split())[:300]
    return ClusterError(
        f"the Ray cluster {address} has given up {what}: {reason}. What was encoded before is kept. Expected nodes "
        "with Beleg, and with memory enough: mend that and run the same command again.",
        "cluster-failed",
        address=address,
        what=what,
        reason=reason,
    )
