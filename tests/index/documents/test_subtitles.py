from __future__ import annotations

import pytest

from index import ArticleError
from index.article import Article
from index.documents.subtitles import MAX_BLOCK, read
from tests.index.documents.office_files import DOCUMENTS, needs_documents, real, unmet


def srt(*cues: tuple[float, float, str]) -> Article:
    def clock(seconds: float) -> str:
        return f"{int(seconds // 3600):02}:{int(seconds // 60 % 60):02}:{seconds % 60:06.3f}".replace(".", ",")

    text = "\n\n".join(f"{n}\n{clock(a)} --> {clock(b)}\n{said}" for n, (a, b, said) in enumerate(cues, 1))
    return read(text.encode(), "x.srt")


def lines(article: Article) -> list[str]:
    return [article.text[block.start : block.end] for block in article.blocks]


@needs_documents
@pytest.mark.parametrize("name", real("srt-", "vtt-"))
def test_a_real_file_reads_as_expected(name: str) -> None:
    assert unmet(name, read) == []


@needs_documents
def test_a_cue_of_a_real_file_has_its_time() -> None:
    article = read((DOCUMENTS / "srt-01-french-accents.srt").read_bytes(), "x.srt")
    at = article.text.index("1er épisode")
    place = article.place(at, at + 5)
    assert place is not None and place.begins == 101.16


def test_a_cue_is_a_block_with_its_time_and_its_lines_joined() -> None:
    article = srt((1, 2, "Guten Tag."), (4, 5.5, "Wie geht\nes Ihnen?"))
    assert lines(article) == ["Guten Tag.", "Wie geht es Ihnen?"]
    assert {block.kind for block in article.blocks} == {"line"}
    place = article.place(article.blocks[1].start, article.blocks[1].end)
    assert place is not None and (place.begins, place.ends) == (4, 5.5)


def test_a_sentence_that_runs_on_is_one_block_whose_parts_keep_their_times() -> None:
    article = srt((1, 2, "Der Zug nach Bonn"), (2.1, 3, "fährt heute"), (3.1, 4, "nicht. Er fällt"), (4.1, 5, "aus."))
    assert lines(article) == ["Der Zug nach Bonn fährt heute nicht. Er fällt aus."]
    at = article.text.index("fährt")
    place = article.place(at, at + 5)
    assert place is not None and (place.begins, place.ends) == (2.1, 3)


@pytest.mark.parametrize(
    "cues",
    [
        ((1, 2, "Und dann"), (4, 5, "kam er.")),
        ((1, 2, "Ich glaube"), (2.1, 3, "- Was denn?")),
        ((1, 2, "Ich glaube"), (2.1, 3, "ANNA: Was denn?")),
        ((1, 2, "Ich glaube"), (2.1, 3, "[Musik]")),
        ((1, 2, "DAS ENDE"), (2.1, 3, "kam bald.")),
    ],
    ids=["pause", "dash", "name", "sound", "capitals"],
)
def test_what_does_not_go_on_begins_a_block(cues: tuple[tuple[float, float, str], ...]) -> None:
    assert len(lines(srt(*cues))) == 2


def test_speech_without_full_stops_is_cut() -> None:
    article = srt(*((n, n + 0.95, f"und dann sind wir weiter gegangen {n}") for n in range(60)))
    assert 5 < len(article.blocks) < 15 and max(map(len, lines(article))) <= MAX_BLOCK


def test_tags_positions_and_notes_are_left_out_and_speakers_stay() -> None:
    text = (
        "WEBVTT - Vortrag\nLanguage: de\n\nSTYLE\n::cue { color: red }\n\nNOTE\nnur für uns\n\n"
        "eins\n00:01.000 --> 00:02.000 align:start position:0%\n<v Anna Berg>Das ist <b>wichtig</b> &amp; neu.\n\n"
        "00:03.000 --> 00:04.000\n{\\an8}<font color='red'>Ja</font>, <00:03.500><c.gelb>3 < 4</c> gilt."
    )
    article = read(text.encode(), "vortrag_eins.vtt")
    assert lines(article) == ["Anna Berg: Das ist wichtig & neu.", "Ja, 3 < 4 gilt."]
    assert article.title == "vortrag eins" and article.language == "de"


def test_captions_that_roll_are_said_once() -> None:
    text = (
        "WEBVTT\n\n00:00.000 --> 00:02.000\n \nhallo und<00:01.000><c> herzlich</c>\n\n"
        "00:02.000 --> 00:02.010\nhallo und herzlich\n \n\n"
        "00:02.010 --> 00:04.000\nhallo und herzlich\nwillkommen zu<c> uns</c>\n\n"
        "00:04.000 --> 00:04.010\nwillkommen zu uns\n \n\n"
        "00:04.010 --> 00:06.000\nwillkommen zu uns\nheute geht es um"
    )
    article = read(text.encode(), "x.vtt")
    assert " ".join(lines(article)) == "hallo und herzlich willkommen zu uns heute geht es um"
    at = article.text.index("willkommen")
    place = article.place(at, at + 3)
    assert place is not None and place.begins is not None and 2 <= place.begins <= 2.01


def test_a_word_said_twice_stays_twice() -> None:
    assert lines(srt((1, 2, "Nein!"), (2, 3, "Nein!"), (3, 4, "Doch."), (5, 6, "Na gut."), (7, 8, "Also."))) == [
        "Nein!", "Nein!", "Doch.", "Na gut.", "Also.",
    ]  # fmt: skip


def test_files_that_are_not_quite_right_are_read() -> None:
    text = "1\r\n0:00:01.5 -> 0:00:02\r\nEins.\r\n2\r\n00:00:03,000 --> 00:00:02,000 X1:5\r\nZwei.\r\n\r\n\r\n3\r\n\r\n"
    assert lines(read(text.encode("utf-16"), "x.srt")) == ["Eins.", "Zwei."]


@pytest.mark.parametrize(
    "content", [b"", b"WEBVTT\n", b"Nur Text.\n\nMehr Text.", b"1\n00:00:01,000 --> 00:00:02,000\n"]
)
def test_a_file_without_a_cue_is_refused(content: bytes) -> None:
    with pytest.raises(ArticleError, match="no cue"):
        read(content, "x.srt")


@pytest.mark.parametrize(
    "text",
    [
        "00:01.000 --> 00:02.000\n" + "<" * 4_500_000,
        "00:01.000 --> 00:02.000\n" + "{\\" * 2_000_000,
        "00:01.000 --> 00:02.000\na\n\n" * 160_000,
        "00:01.000 --> " * 300_000,
        "&" * 4_500_000,
    ],
    ids=["tags", "braces", "cues", "arrows", "entities"],
)
def test_a_hostile_file_is_refused(text: str) -> None:
    with pytest.raises(ArticleError):
        read(text.encode(), "x.vtt")
