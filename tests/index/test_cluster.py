"""What Ray's tasks read and encode becomes the same index, file by file or row by row, as what is made without Ray."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from index import Article, EmbeddedEncoder, build_index, cluster, parts, read_articles
from index.atomic import files_below
from index.cluster import Cluster
from index.errors import ArticleError, ClusterError, ExtraError
from index.folder import reserved
from index.parts import Parts, build_in_parts
from index.served.address import Address
from index.served.publish import publish
from index.settings import IndexSettings
from tests.served import WITHOUT_EXTRA, archive, free_port
from tests.shell import beleg, check_refused
from tests.small_set import BREAD, LAKE, RIVER, TOWER

pytest.importorskip("ray", reason=WITHOUT_EXTRA)
pytestmark = pytest.mark.slow

SECONDS = 120
LOCAL = "local:2"


@pytest.fixture(scope="module")
def tasks() -> Iterator[Cluster]:
    """Two cores of this machine."""
    with Cluster(LOCAL) as opened:
        yield opened


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BELEG_CACHE", str(tmp_path / "cache"))
    # Some forty parts of an archive.
    monkeypatch.setattr(parts, "BATCH_CHARACTERS", 300)
    return tmp_path / "cache"


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """Files in two folders, one of which nobody can read."""
    folder = tmp_path / "texts"
    (folder / "sub").mkdir(parents=True)
    for number, article in enumerate(archive()[:20]):
        (folder / ("sub" if number % 3 else ".") / f"{number:02}.txt").write_text(article.text, encoding="utf-8")
    (folder / "sub" / "07b.pdf").write_bytes(b"%PDF-1.4 and no more")
    (folder / "empty.md").write_bytes(b"")
    return folder


def index_of(
    place: Path, articles: Sequence[Article], encoder: EmbeddedEncoder, cluster: Cluster | None, stop_at: int = -1
) -> int:
    """Make an index folder of articles, and return how many were taken from a run that was stopped."""

    def stop(what: str, done: int, total: int) -> None:
        if what == "articles" and 0 <= stop_at <= done:
            raise KeyboardInterrupt

    made = Parts(place, lambda: encoder, IndexSettings(), progress=stop, cluster=cluster)
    with reserved(place) as save, made.alone():
        index, resumed = build_in_parts(articles, made, save)
        save(index)
        made.clear()
    return resumed


def content_of(folder: Path) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in files_below(folder).items()}


def rows_of(address: Address) -> dict[str, list[dict[str, object]]]:
    """Return all rows of a served index, sorted."""
    from pymilvus import MilvusClient

    client = MilvusClient(uri=address.uri)
    found = {}
    for name in (address.name, f"{address.name}_texts"):
        client.load_collection(name)
        rows = [dict(row) for row in client.query(name, filter='id != ""', output_fields=["*"], limit=16_000)]
        found[name] = sorted(rows, key=lambda row: str(row["id"]))
    client.close()
    return found


def test_an_index_folder_is_the_same_byte_for_byte(tmp_path: Path, encoder: EmbeddedEncoder, tasks: Cluster) -> None:
    articles = [*archive(), BREAD]
    index_of(tmp_path / "plain", articles, encoder, None)
    index_of(tmp_path / "spread", articles, encoder, tasks)
    assert len(content_of(tmp_path / "plain")) > 10
    assert content_of(tmp_path / "spread") == content_of(tmp_path / "plain")


def test_a_served_index_is_the_same_row_for_row(tmp_path: Path, encoder: EmbeddedEncoder, tasks: Cluster) -> None:
    pytest.importorskip("milvus_lite", reason=WITHOUT_EXTRA)
    # The same name, which stands in it.
    places = [Address.parse(tmp_path / name / "archive.db" / "towns") for name in ("plain", "spread")]
    for place, spread in zip(places, (None, tasks), strict=True):
        Path(place.uri).parent.mkdir()
        done = publish(archive()[:12], place, lambda: encoder, cluster=spread)
        assert (done.articles, done.new) == (12, 12)
        # What is added to what is there, one of it under another title.
        renamed = Article.read(TOWER.text, title="Eiffel", language="en")
        publish([*archive()[:2], renamed, *archive()[3:20]], place, lambda: encoder, replace=True, cluster=spread)
    plain, spread_rows = map(rows_of, places)
    assert len(plain["towns"]) >= 20 and spread_rows == plain


def test_a_build_goes_on_with_ray_or_without(tmp_path: Path, encoder: EmbeddedEncoder, tasks: Cluster) -> None:
    articles = archive()
    index_of(tmp_path / "plain", articles, encoder, None)
    for number, (first, second) in enumerate(((tasks, None), (None, tasks))):
        place = tmp_path / f"stopped{number}"
        with pytest.raises(KeyboardInterrupt):
            index_of(place, articles, encoder, first, stop_at=20)
        assert not place.exists()
        assert 20 <= index_of(place, articles, encoder, second) < len(articles)
        assert content_of(place) == content_of(tmp_path / "plain")


def test_files_are_read_in_order_and_each_bad_one_is_named(
    texts: Path, tasks: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    (nothing := texts.parent / "nothing").mkdir()
    (single := texts.parent / "see.txt").write_text(LAKE, encoding="utf-8")
    monkeypatch.chdir(texts.parent)
    named = [texts.name, nothing, str(single), "texts/empty.md"]
    expected_faults: list[ArticleError] = []
    expected = list(read_articles(named, expected_faults))
    faults: list[ArticleError] = []
    told: list[tuple[str, int, int]] = []
    found = list(tasks.read(named, faults, lambda *said: told.append(said)))
    assert found == expected and [one.source for one in found] == [one.source for one in expected]
    assert [str(one) for one in faults] == [str(one) for one in expected_faults] and len(faults) == 4
    assert ("documents", 0, 25) in told and told[-1] == ("documents", 25, 25)
    with pytest.raises(ArticleError, match=r"missing\.txt does not exist"):
        list(tasks.read([texts, "missing.txt"], faults))


def test_what_a_node_has_otherwise_is_read_here(texts: Path, monkeypatch: pytest.MonkeyPatch, tasks: Cluster) -> None:
    # As of another machine's.
    monkeypatch.setattr(tasks, "_is_here", None)
    files = sorted(texts.glob("*.txt"))
    reading = tasks.read(files, [])
    first = next(reading)
    # Tasks have read the others long since.
    time.sleep(2)
    files[1].write_text(RIVER, encoding="utf-8")
    others = list(reading)
    assert first.text == files[0].read_text(encoding="utf-8")
    assert others[0].text == RIVER and len(others) == len(files) - 1


def test_no_more_waits_than_memory_may_hold(
    encoder: EmbeddedEncoder, tasks: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "_memory", 1)
    given: list[str] = []

    def batches() -> Iterator[list[Article]]:
        for article in (BREAD, TOWER, BREAD):
            given.append(article.id)
            yield [article]

    built = tasks.build(batches(), encoder.fingerprint, IndexSettings())
    for count, article in enumerate((BREAD, TOWER, BREAD), 2):
        index = next(built)
        assert index.ids == [article.id] or list(index.ids) == [article.id]
        assert len(given) == min(count, 3), "one task at a time, and the next batch is at hand"
    assert index.passages.tolist() == build_index([BREAD], encoder).passages.tolist()


def test_a_node_with_another_beleg_or_model_is_told_of(tasks: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ClusterError, match=r"is multilingual-e5-small@.*not other@1.*copy the model's folder"):
        list(tasks.build([[BREAD]], "other@1", IndexSettings()))
    monkeypatch.setattr(cluster, "_made_by", lambda: ("0.0.1", "splitter 1"))
    with pytest.raises(
        ClusterError, match=r"has Beleg \d.*this machine 0\.0\.1 .*pip install 'beleg\[cluster\]==0\.0\.1'"
    ):
        list(tasks.build([[BREAD]], "other@1", IndexSettings()))


def test_a_task_that_dies_is_told_of(tasks: Cluster) -> None:
    [died] = tasks._each(lambda: os._exit(1), [(0, ())])
    with pytest.raises(ClusterError, match=r"has given up reading a\.pdf: .*kept.*same command again"):
        tasks._of(died, "reading a.pdf")


def test_an_address_where_no_cluster_is_says_how_to_start_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for address, reason in ((f"127.0.0.1:{free_port()}", "refused"), (f"ray://127.0.0.1:{free_port()}", "refused")):
        with pytest.raises(ClusterError, match=f"{re.escape(address)}.*{reason}.*ray start --head.*--ray local"):
            Cluster(address).__enter__()
    for address in ("somewhere", "http://host:6379/x", "host:port", ":6379"):
        with pytest.raises(ClusterError, match="is no address of a Ray cluster.*HOST:PORT"):
            Cluster(address).__enter__()
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ExtraError, match=r"pip install 'beleg\[cluster\]'"):
        Cluster(LOCAL).__enter__()


def test_the_command_names_a_bad_file_and_leaves_it_out_when_told_to(texts: Path, tmp_path: Path) -> None:
    place = tmp_path / "index"
    options = ("index", "build", "texts", "--out", place, "--ray", LOCAL)
    refused = beleg(*options, folder=tmp_path)
    assert refused.returncode == 2 and not place.exists()
    assert all(part in refused.stderr for part in ("texts/empty.md is empty", "texts/sub/07b.pdf", "--skip-bad"))
    built = beleg(*options, "--skip-bad", folder=tmp_path)
    assert (
        built.returncode == 0
        and built.stdout.startswith(f"{place}: 20 articles")
        and "2 files left out" in built.stdout
    )
    plain = beleg("index", "build", "texts", "--out", tmp_path / "plain", "--skip-bad", folder=tmp_path)
    assert plain.returncode == 0 and content_of(place) == content_of(tmp_path / "plain")
    check_refused(
        beleg(*options[:-1], f"127.0.0.1:{free_port()}", folder=tmp_path), "no Ray cluster", "ray start --head"
    )


def test_a_signal_ends_all_tasks_and_the_next_run_goes_on(tmp_path: Path, cache: Path) -> None:
    folder, place = tmp_path / "texts", tmp_path / "index"
    folder.mkdir()
    for count in range(6):
        sentences = (f"Haus {n} der Straße {count} hat {n % 7 + 2} Zimmer und einen Garten." for n in range(150))
        (folder / f"{count:02}.txt").write_text(" ".join(sentences), encoding="utf-8")
    # A short name: sockets are in it.
    temporary = Path(tempfile.mkdtemp(prefix="bt-", dir="/tmp"))
    # A part of each of the files.
    program = "from index import parts; parts.BATCH_CHARACTERS = 300; from ui.cli.main import main; main()"

    def made() -> int:
        return sum(path.name.isdecimal() for path in cache.glob("parts/*/*"))

    def has_part() -> bool:
        return made() > before

    def has_begun() -> bool:
        return any(temporary.glob("*/session_latest/logs/worker-*.out"))

    # As a terminal does, to Ray's processes as well; as a supervisor does, to the program; and to all at once. Of that,
    # Ray may end the program before it can say 143.
    terminated = 128 + signal.SIGTERM
    for kill, number, is_time, expected in (
        (os.killpg, signal.SIGINT, has_begun, (128 + signal.SIGINT,)),
        (os.kill, signal.SIGTERM, has_part, (terminated,)),
        (os.killpg, signal.SIGTERM, has_part, (terminated, 1)),
    ):
        before = made()
        build = subprocess.Popen(
            [sys.executable, "-c", program, "index", "build", str(folder), "--out", str(place), "--ray", LOCAL],
            env={**os.environ, "OMP_NUM_THREADS": "1", "TMPDIR": str(temporary)},
            start_new_session=True,
            stderr=subprocess.PIPE,
            text=True,
        )
        until = time.monotonic() + SECONDS
        while time.monotonic() < until and not is_time():
            assert build.poll() is None, build.communicate()
            time.sleep(0.1)
        kill(build.pid, number)
        _, said = build.communicate(timeout=SECONDS)
        assert build.returncode in expected and "Traceback" not in said and "received" not in said, said
        assert not list(temporary.iterdir()) and not place.exists()
    temporary.rmdir()
    rest = subprocess.run(
        [sys.executable, "-c", program, "index", "build", str(folder), "--out", str(place)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "encoded by a run that was stopped" in rest.stdout


def test_a_signal_while_a_result_is_waited_for_is_the_programs_status() -> None:
    program = """
import os, signal, threading
from index import Article, EmbeddedEncoder, IndexSettings
from index.cluster import Cluster
text = " ".join(f"Haus {n} hat {n % 7 + 2} Zimmer und einen Garten." for n in range(9000))
with Cluster("local:1") as tasks:
    threading.Timer(3, os.kill, (os.getpid(), signal.SIGTERM)).start()
    list(tasks.build([[Article("", "", text, "de")]], EmbeddedEncoder().fingerprint, IndexSettings()))
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=SECONDS)
    assert ended.returncode == 128 + signal.SIGTERM and "Traceback" not in ended.stderr, ended


def test_a_cluster_that_runs_is_used_and_goes_on_running(
    texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("MODE", "token"), ("TOKEN", "f" * 32)):
        monkeypatch.setenv(f"RAY_AUTH_{name}", value)
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    # As docs/deploy.md tells: some of a hundred starts of Ray's server for a client crash otherwise.
    monkeypatch.setenv("GRPC_ENABLE_FORK_SUPPORT", "0")
    ports = free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="bt-", dir="/tmp", ignore_cleanup_errors=True) as temporary:
        head = subprocess.Popen(
            [str(Path(sys.executable).with_name("ray")), "start", "--head", "--block", "--num-cpus", "2",
             "--port", str(ports[0]), "--ray-client-server-port", str(ports[1]), "--include-dashboard", "false",
             "--temp-dir", temporary, "--object-store-memory", "100000000"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/",
        )  # fmt: skip
        try:
            assert head.stdout
            for line in head.stdout:
                if "block forever" in line:
                    break
            built = []
            for address in (f"127.0.0.1:{ports[0]}", f"ray://127.0.0.1:{ports[1]}"):
                place = tmp_path / f"index{len(built)}"
                done = beleg("index", "build", "texts", "--out", place, "--ray", address, "--skip-bad", folder=tmp_path)
                # Where Ray's own server for a client did not start, its log says why.
                logs = [path.read_text() for path in Path(temporary).glob("session_*/logs/ray_client_server*.err")]
                assert done.returncode == 0, (done.stderr, [log[-1000:] for log in logs])
                built.append(content_of(place))
            assert built[0] == built[1] and head.poll() is None
        finally:
            head.terminate()
            head.communicate(timeout=SECONDS)
