"""What a build puts on a server: once, whole, and nothing that is no longer given."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from index import Article, EmbeddedEncoder, Index, IndexFolderError, build_index
from index.errors import ArticleError, ServedIndexError
from index.models.encoder import Encoder, FloatArray
from index.place import Span
from index.search.served import Store
from index.served.address import Address, is_served
from index.served.archive import ServedIndex
from index.served.check import described, dropped, verified
from index.served.publish import publish
from index.served.state import MANIFEST, read_state
from index.settings import IndexSettings, Progress
from rag import Assistant
from tests.served import SETTINGS, WITHOUT_EXTRA, archive, milvus_lite_server
from tests.small_set import BREAD, TOWER

pytest.importorskip("pymilvus", reason=WITHOUT_EXTRA)

RIVER = Article.read("Die Weser mündet bei Bremerhaven in die Nordsee. Sie ist 451 Kilometer lang.", title="Weser")


class Counting:
    """The real encoder, which counts the texts that it encodes."""

    def __init__(self, encoder: EmbeddedEncoder, fingerprint: str = "") -> None:
        self._encoder, self.encoded = encoder, 0
        self.fingerprint = fingerprint or encoder.fingerprint
        self.max_tokens, self.token_counts = encoder.max_tokens, encoder.token_counts
        self.encode_questions = encoder.encode_questions

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        self.encoded += len(texts)
        return self._encoder.encode_passages(texts, progress)

    def encode_in_context(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]], progress: Progress | None = None
    ) -> tuple[FloatArray, list[FloatArray]]:
        return self._encoder.encode_in_context(texts, parts, progress)


@pytest.fixture
def encoder(encoder: EmbeddedEncoder) -> Encoder:
    return Counting(encoder)  # type: ignore[return-value]


@pytest.fixture
def place(tmp_path: Path) -> Address:
    return Address.parse(tmp_path / "archive.db" / "manuals")


@pytest.fixture
def opened() -> Iterator[Callable[[Address], ServedIndex]]:
    """Open served indexes, which are closed when the test ends."""
    found: list[ServedIndex] = []

    def open_(address: Address) -> ServedIndex:
        found.append(ServedIndex.open(address))
        return found[-1]

    yield open_
    for one in found:
        one.close()


def check_asked_as(place: Address, articles: Sequence[Article], encoder: Encoder, question: str) -> None:
    """Check that what is there ranks sentences as an index of these articles, made anew, does."""
    served = Assistant.from_index(str(place), settings=SETTINGS)
    local = Assistant(build_index(articles, encoder), encoder, SETTINGS)
    try:
        assert [one.id for one in served.articles] == [one.id for one in local.articles]
        found, expected = served.retrieve(question, 20), local.retrieve(question, 20)
        assert [(hit.article_id, hit.sentence_index) for hit in found] == [
            (hit.article_id, hit.sentence_index) for hit in expected
        ]
        assert [hit.score for hit in found] == pytest.approx([hit.score for hit in expected], abs=1e-4)
    finally:
        assert isinstance(served.index, ServedIndex)
        served.index.close()


def test_a_second_build_of_the_same_articles_encodes_and_writes_nothing(place: Address, encoder: Counting) -> None:
    first = publish([BREAD, TOWER, BREAD], place, lambda: encoder)
    assert (first.articles, first.new, first.removed) == (2, 2, 0) and encoder.encoded > 0
    before, encoder.encoded = described(place), 0
    again = publish([BREAD, TOWER], place, lambda: encoder)
    assert (again.articles, again.new, again.removed, encoder.encoded) == (2, 0, 0, 0)
    assert described(place) == before
    assert verified(place) == (2, first.sentences)


def test_only_what_is_new_is_encoded_and_what_is_gone_leaves(place: Address, encoder: Counting) -> None:
    publish([BREAD, TOWER], place, lambda: encoder)
    encoder.encoded = 0
    done = publish([TOWER, RIVER], place, lambda: encoder, replace=True)
    assert (done.articles, done.new, done.removed, encoder.encoded) == (2, 1, 1, 2)
    check_asked_as(place, [TOWER, RIVER], encoder, "Bei wie viel Grad backt man Brot?")
    store = Store(place)
    try:
        assert store.articles() == {entry.key for entry in read_state(store).entries}, "nothing of it is left"
        assert not store.names('id like "state/1/%"')
    finally:
        store.close()


def test_another_title_or_order_costs_no_encoding(place: Address, encoder: Counting) -> None:
    publish([BREAD, TOWER], place, lambda: encoder)
    encoder.encoded = 0
    named = replace(BREAD, title="Die Bäckerei Huber in Passau", source="neu/brot.txt")
    assert publish([TOWER, named], place, lambda: encoder).new == 1 and encoder.encoded == 0
    check_asked_as(place, [TOWER, named], encoder, "Wann wurde die Bäckerei in Passau gegründet?")


def test_an_archive_that_grows_much_is_weighed_anew(place: Address, encoder: Counting) -> None:
    long = Article.read(
        "\n\n".join(f"{one.text} {two.text}" for one in (BREAD, RIVER) for two in (TOWER, BREAD)), title="Alles"
    )
    publish([TOWER], place, lambda: encoder)
    publish([TOWER, long], place, lambda: encoder)
    check_asked_as(place, [TOWER, long], encoder, "How tall is the tower?")
    store = Store(place)
    try:
        means = {entry.means for entry in read_state(store).entries}
        assert len(means) == 1
    finally:
        store.close()


def test_articles_are_lost_only_when_told_to(place: Address, encoder: Counting) -> None:
    publish([BREAD, TOWER], place, lambda: encoder)
    with pytest.raises(IndexFolderError, match=r"1 article not among those given: Brot.*unchanged.*--replace"):
        publish([TOWER], place, lambda: encoder)
    assert described(place)["articles"] == 2
    edited = Article.read(BREAD.text + " Sonntags ruht der Ofen.", title="Brot", language="de")
    assert publish([edited, TOWER], place, lambda: encoder).removed == 1, (
        "an edited article takes the place of its former"
    )
    with pytest.raises(ArticleError, match="no article"):
        publish([], place, lambda: encoder)


def test_an_index_that_was_made_otherwise_is_refused(place: Address, encoder: Counting) -> None:
    publish([BREAD], place, lambda: encoder)
    other = Counting(encoder._encoder, "another-model")
    with pytest.raises(ServedIndexError, match=r"made with the encoder .*not another-model.*unchanged.*--replace"):
        publish([BREAD], place, lambda: other)
    with pytest.raises(ServedIndexError, match="made with other settings"):
        publish([BREAD], place, lambda: encoder, IndexSettings(ngram=3))
    assert publish([TOWER], place, lambda: other, replace=True).articles == 1
    with pytest.raises(ServedIndexError, match=r"the encoder another-model, not .*--to .*manuals --replace"):
        Assistant.from_index(str(place))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("was", "now", "reason"),
    [
        ('"version": 1', '"version": 99', "is beleg-served version 99; this Beleg reads beleg-served version 1"),
        ('"splitter": "', '"splitter": "of old ', "was split by of old"),
        ('"counts"', '"kounts"', "its manifest is not as it was written"),
        ('"sums": {"articles": "', '"sums": {"articles": "0', "its articles are not as they were written"),
        ("{", "[", "its manifest cannot be read"),
    ],
)
def test_an_index_of_another_format_or_altered_is_refused(
    place: Address, encoder: Counting, was: str, now: str, reason: str
) -> None:
    publish([BREAD], place, lambda: encoder)
    store = Store(place)
    written = store.texts([MANIFEST])[MANIFEST]
    assert was in written
    store.put_texts({MANIFEST: written.replace(was, now, 1)})
    store.close()
    with pytest.raises(ServedIndexError) as error:
        ServedIndex.open(place)
    assert reason in str(error.value) and f"beleg index build FILE… --to {place} --replace" in str(error.value)
    publish([BREAD], place, lambda: encoder, replace=True)
    assert verified(place)[0] == 1


def test_what_is_damaged_or_missing_is_found(place: Address, encoder: Counting) -> None:
    publish([BREAD, TOWER], place, lambda: encoder)
    store = Store(place)
    key = read_state(store).entries[0].key
    page = store.texts([f"{key}/page/0"])[f"{key}/page/0"]
    store.put_texts({f"{key}/page/0": page[:40] + page[60:]}, key)
    store.close()
    with pytest.raises(ServedIndexError, match=rf"{key}/page/0 is damaged.*--replace"):
        verified(place)
    store = Store(place)
    store.delete([key])
    store.close()
    with pytest.raises(ServedIndexError, match=rf"{key}/body is missing.*--replace"):
        verified(place)


@pytest.mark.parametrize(
    ("said", "uri", "database", "name"),
    [
        ("http://host:19530/archive", "http://host:19530", "", "archive"),
        ("https://host/team/archive/", "https://host", "team", "archive"),
        ("data/archive.db/manuals", "data/archive.db", "", "manuals"),
    ],
)
def test_an_address_is_read_also_as_a_path(said: str, uri: str, database: str, name: str) -> None:
    assert Address.parse(said) == Address.parse(Path(said)) == Address(uri, database, name)
    assert is_served(said) and is_served(Path(said))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("http://host:19530", "has no name in it"),
        ("http://host/one/two/three", "is no address of an index"),
        ("archive.db/bad-name", "the name 'bad-name'"),
        ("my-index", "is no address of an index"),
    ],
)
def test_another_address_is_refused(said: str, reason: str) -> None:
    with pytest.raises(ServedIndexError, match=reason):
        Address.parse(said)
    with pytest.raises(ServedIndexError, match="BELEG_MILVUS_TOKEN") as error:
        Address.parse("http://root:secret@host/archive")
    assert "secret" not in str(error.value)


def test_a_folder_is_no_address(tmp_path: Path) -> None:
    (tmp_path / "old.db" / "index").mkdir(parents=True)
    assert (
        not is_served(tmp_path / "old.db" / "index") and not is_served("my-index") and not is_served("C:/indexes/one")
    )


def test_no_such_index_file_or_server_is_one_clear_error(place: Address, encoder: Counting, tmp_path: Path) -> None:
    with pytest.raises(ServedIndexError, match=r"there is no index .*manuals.*beleg index build FILE… --to"):
        ServedIndex.open(place)
    assert not Path(place.uri).exists(), "to ask makes no file"
    publish([BREAD], place, lambda: encoder)
    with pytest.raises(ServedIndexError, match="there is no index .*others"):
        described(Address.parse(f"{place.uri}/others"))
    with pytest.raises(ServedIndexError, match=r"Milvus server http://127.0.0.1:9 does not answer"):
        ServedIndex.open(Address.parse("http://127.0.0.1:9/archive"))
    with pytest.raises(
        ServedIndexError, match=r"nowhere/archive\.db of Milvus Lite cannot be opened.*folder that is there"
    ):
        publish([BREAD], Address.parse(tmp_path / "nowhere" / "archive.db" / "manuals"), lambda: encoder)
    dropped(place)
    with pytest.raises(ServedIndexError, match="there is no index"):
        dropped(place)


# What builds in a process of its own, with parts so small that there are many.
_BUILD = """
import sys
from index import parts
from index.models.embedded_encoder import open_encoder
from index.served.address import Address
from index.served.publish import publish
from tests.served import archive
parts.BATCH_CHARACTERS = 900
def progress(what, done, total):
    if what == "articles":
        print(done, flush=True)
articles = archive()[: int(sys.argv[2])]
print(publish(articles, Address.parse(sys.argv[1]), open_encoder, progress=progress, replace=True).resumed)
"""


def killed_build(place: Address, articles: int, after: int) -> None:
    """Build in another process, and kill it somewhere after so many articles."""
    command = [sys.executable, "-c", _BUILD, str(place), str(articles)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as build:
        assert build.stdout is not None
        for line in build.stdout:
            if int(line) >= after:
                break
        time.sleep(random.uniform(0.0, 0.4))
        build.send_signal(signal.SIGKILL)
    assert build.returncode == -signal.SIGKILL


@pytest.mark.slow
def test_a_first_build_that_is_killed_is_gone_on_with(place: Address, encoder: Counting) -> None:
    killed_build(place, 24, 10)
    with pytest.raises(ServedIndexError, match=r"its first build has not ended.*go on with that: beleg index build"):
        ServedIndex.open(place)
    articles = archive()[:24]
    done = publish(articles, place, lambda: encoder)
    assert done.resumed >= 10 and done.resumed + done.new == 24
    assert encoder.encoded < done.sentences, "what was there is not encoded again"
    check_asked_as(place, articles, encoder, "An welchem Fluss liegt Lindau?")


@pytest.mark.slow
def test_a_later_build_that_is_killed_leaves_the_index_before(place: Address, encoder: Counting) -> None:
    before = archive()[:9]
    publish(before, place, lambda: encoder)
    killed_build(place, 30, 15)
    check_asked_as(place, before, encoder, "An welchem Fluss liegt Lindau?")
    # Other articles than the killed build's: what it has put there and nobody wants goes.
    after = archive()[3:20]
    done = publish(after, place, lambda: encoder, replace=True)
    assert done.resumed > 0 and done.removed == 3
    check_asked_as(place, after, encoder, "How deep is the harbour of Kappeln?")
    store = Store(place)
    try:
        assert store.articles() == {entry.key for entry in read_state(store).entries}
    finally:
        store.close()


@pytest.mark.slow
def test_several_processes_ask_one_server_and_see_a_new_build(tmp_path: Path, encoder: Counting) -> None:
    with milvus_lite_server(tmp_path / "data") as uri:
        place = Address.parse(f"{uri}/archive")
        publish([BREAD, TOWER], place, lambda: encoder)
        one, other = (Assistant.from_index(str(place)) for _ in range(2))
        asks = [sys.executable, "-m", "ui.cli.main", "ask", "How tall is the tower?", "--index", str(place)]
        said = subprocess.run(asks, capture_output=True, text=True, check=True).stdout
        assert said.splitlines()[0] == one.ask("How tall is the tower?").text.splitlines()[0]
        assert not one.refresh()
        asked = one.snapshot()
        publish([TOWER, RIVER], place, lambda: encoder, replace=True)
        # Also who has not looked since: what has left is not cited, and nothing fails.
        assert TOWER.id in {hit.article_id for hit in asked.retrieve("How tall is the tower?")}
        assert one.refresh() and other.refresh() and not other.refresh()
        for assistant in (one, other):
            assert [article.id for article in assistant.articles] == [TOWER.id, RIVER.id]
            assert assistant.ask("Wie lang ist die Weser?").citations[0].article_id == RIVER.id
    with pytest.raises(ServedIndexError, match="does not answer"):
        one.ask("Wie lang ist die Weser?")


def test_two_builds_at_once_are_refused(place: Address, encoder: Counting) -> None:
    def meanwhile() -> Encoder:
        with pytest.raises(ServedIndexError, match="is being written by another process"):
            publish([BREAD], place, lambda: encoder)
        return encoder  # type: ignore[return-value]

    assert publish([TOWER], place, meanwhile).articles == 1


class Interrupting(Counting):
    """The real encoder; another machine builds the same index while it encodes."""

    meanwhile: Callable[[], object] | None = None

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        if self.meanwhile:
            act, self.meanwhile = self.meanwhile, None
            act()
        return super().encode_passages(texts, progress)


@pytest.mark.parametrize("ends", [True, False])
def test_of_two_machines_that_build_at_once_one_wins(
    place: Address, encoder: Counting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: bool
) -> None:
    publish([BREAD], place, lambda: encoder)
    slow = Interrupting(encoder._encoder)

    def on_another_machine() -> None:
        with monkeypatch.context() as its:
            its.setenv("BELEG_CACHE", str(tmp_path / "its-cache"))
            if ends:
                publish([RIVER], place, lambda: encoder, replace=True)
            else:
                store = Store(place)
                store.put_texts({"writing": "of another"})
                store.close()

    slow.meanwhile = on_another_machine
    with pytest.raises(ServedIndexError, match="written by another build meanwhile"):
        publish([BREAD, TOWER], place, lambda: slow, replace=True)
    check_asked_as(place, [RIVER] if ends else [BREAD], encoder, "Wie lang ist die Weser?")
    assert publish([RIVER], place, lambda: encoder, replace=True).articles == 1
    store = Store(place)
    try:
        assert store.articles() == {entry.key for entry in read_state(store).entries}, "nothing of the loser is left"
    finally:
        store.close()


def test_an_index_of_a_part_is_not_saved_as_it_is(
    place: Address, encoder: Counting, opened: Callable[[Address], ServedIndex], tmp_path: Path
) -> None:
    publish([BREAD, TOWER], place, lambda: encoder)
    part = opened(place).only([0])
    assert isinstance(part, Index)
    with pytest.raises(TypeError, match="part of a served index"):
        part.passage_terms.save(tmp_path / "terms")
