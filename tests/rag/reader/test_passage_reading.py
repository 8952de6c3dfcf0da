"""Passages read with a question: the same numbers every time, for every character, however long."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pytest

from index import Article, EmbeddedEncoder
from rag.reader import network
from rag.reader.network import LOGITS, LONGEST_PASSAGE, QUESTION_TOKENS, WINDOW_TOKENS, PassageReader, TokenLogits
from rag.reader.weights import trained_weights

QUESTIONS = ["Wann trafen sie sich?", "How tall is the tower?", "他们在哪里见面？"]
PASSAGES = [
    "Yoon und Kishida trafen sich zuletzt im Mai in Seoul.",
    "The tower is 330 metres tall. It was built in 1889.",
    "他们在首尔见面。会谈持续了两个小时。",
    "Brot backt man bei 230 Grad. " * 8,
    "Kurz.",
]


@pytest.fixture(scope="module")
def trained(encoder: EmbeddedEncoder) -> dict[str, npt.NDArray[np.float32]]:
    return trained_weights(encoder.weights)


@pytest.fixture
def reader(encoder: EmbeddedEncoder, trained: dict[str, npt.NDArray[np.float32]]) -> PassageReader:
    return PassageReader(encoder, trained)


def bits(found: TokenLogits) -> tuple[bytes, bytes]:
    return found.values.tobytes(), found.spans.tobytes()


def not_covered(text: str, found: TokenLogits) -> list[str]:
    covered = np.zeros(len(text), np.bool_)
    for start, end in found.spans:
        covered[start:end] = True
    return [c for c, seen in zip(text, covered, strict=True) if not seen and not c.isspace()]


def test_the_numbers_do_not_depend_on_order_or_on_what_is_kept(
    encoder: EmbeddedEncoder, trained: dict[str, npt.NDArray[np.float32]], reader: PassageReader
) -> None:
    pairs = [(question, passage) for question in QUESTIONS for passage in PASSAGES]
    expected = {}
    for question, passage in pairs:
        alone = PassageReader(encoder, trained)
        expected[question, passage] = bits(alone.read(alone.question(question), passage))
    for seed in (1, 2):
        random.Random(seed).shuffle(pairs)
        for question, passage in pairs:
            assert bits(reader.read(reader.question(question), passage)) == expected[question, passage]
    assert len(set(expected.values())) == len(pairs), "another question or passage, other numbers"


def test_many_threads_read_what_one_does(reader: PassageReader) -> None:
    pairs = [(question, passage) for question in QUESTIONS for passage in PASSAGES] * 2

    def read(pair: tuple[str, str]) -> tuple[bytes, bytes]:
        return bits(reader.read(reader.question(pair[0]), pair[1]))

    random.Random(3).shuffle(pairs)
    with ThreadPoolExecutor(8) as pool:
        at_once = list(pool.map(read, pairs))
    assert at_once == [read(pair) for pair in pairs]
    kept = sum(len(lower.spans) for some in reader._kept.values() for lower in some)
    assert reader._tokens_kept == kept and len(reader._kept) == len(PASSAGES), "each is kept, and counted, once"


@pytest.mark.parametrize(
    "text",
    [
        "Ein Satz. Noch einer! Größe: 3,5 km – „naïve“ (1989).",
        "东京是日本的首都。尹锡悦在睡觉，「はい」と言った。한국어 문장입니다.",
        "Hallo 😀 Welt 👨‍👩‍👧 da 🇩🇪 und 👍🏽!",
        "Cafe\u0301 n\u0303 x\u0301\u0302 o\u0302\u0323 क़ीमत مَرْحَبًا บ้านน้ำ",
        "½ Liter, ㎏ ① Ⅳ ﬁnden ＦＵＬＬ 𝔘 ſ ß ẞ",
        "  \n\tviel   Platz\u00a0\u3000davor\r\n\r\nund danach \n ",
    ],
)
def test_tokens_cover_every_character_of_an_article(reader: PassageReader, text: str) -> None:
    text = Article.read(text).text
    found = reader.read(reader.question("Was?"), text)
    assert not_covered(text, found) == []
    assert found.values.shape == (len(found.spans), LOGITS) and np.isfinite(found.values).all()
    assert (found.spans[:, 0] >= 0).all() and (found.spans[:, 1] <= len(text)).all()
    assert (found.spans[:, 1] > found.spans[:, 0]).all(), "none is empty: neither the prompt's nor special ones"
    assert (np.diff(found.spans[:, 0]) >= 0).all() and (np.diff(found.spans[:, 1]) >= 0).all(), "in the text's order"
    for (_, end), (start, after) in zip(found.spans[:-1], found.spans[1:], strict=True):
        assert start >= end or after == end, "one after the other, or several for a character taken apart"


@pytest.mark.parametrize("text", ["Haus " * 3000, "a" * 5000, "東" * 700], ids=["words", "word", "no spaces"])
def test_a_sentence_of_any_length_is_read_to_its_end(
    encoder: EmbeddedEncoder, reader: PassageReader, text: str
) -> None:
    assert encoder.token_counts([text])[0] > 2 * WINDOW_TOKENS
    found = reader.read(reader.question("Wo?"), text.strip())
    assert not_covered(text.strip(), found) == [] and found.spans.max() == len(text.strip())
    assert np.isfinite(found.values).all()


@pytest.mark.model
def test_of_a_word_of_200_000_characters_the_beginning_is_read(reader: PassageReader) -> None:
    text = "a" * 200_000
    found = reader.read(reader.question("Wo?"), text)
    assert len(found.spans) == LONGEST_PASSAGE and np.isfinite(found.values).all()
    assert not_covered(text[: found.spans[-1, 1]], found) == [], "without a gap"


@pytest.mark.parametrize("tokens", [WINDOW_TOKENS - 1, WINDOW_TOKENS, WINDOW_TOKENS + 1])
def test_a_passage_that_just_fits_or_just_does_not_is_read_whole(
    encoder: EmbeddedEncoder, reader: PassageReader, tokens: int
) -> None:
    text = "Haus " * (tokens - 1) + "Haus"
    assert encoder.token_counts([text]) == [tokens]
    found = reader.read(reader.question("Wo?"), text)
    assert not_covered(text, found) == []
    assert len(found.spans) == tokens and (np.diff(found.spans[:, 0]) > 0).all(), "each token once, in order"


def test_a_long_questions_beginning_and_end_are_read(reader: PassageReader) -> None:
    middle = "und dann " * 200
    long, other_middle = (f"Wir fragen: {some} wo trafen sie sich?" for some in (middle, middle.replace("dann", "so")))
    other_end = f"Wir fragen: {middle} wann trafen sie sich?"
    assert len(reader.question(long)) == QUESTION_TOKENS
    read = {text: reader.read(reader.question(text), PASSAGES[0]) for text in (long, other_middle, other_end)}
    assert read[long].values.shape[0] == len(read[long].spans)
    assert all(np.isfinite(found.values).all() for found in read.values())
    assert bits(read[long]) != bits(read[other_end]), "what is asked stands at the end"


@pytest.mark.parametrize("question", ["?", "a", "\u200b?", "😀 wo 😀", "x" * 4000, "a\x00b"])
def test_odd_questions_are_read(reader: PassageReader, question: str) -> None:
    assert np.isfinite(reader.read(reader.question(question), PASSAGES[0]).values).all()


def test_what_is_kept_stays_bounded(reader: PassageReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "KEPT_TOKENS", 60)
    question = reader.question(QUESTIONS[0])
    first = bits(reader.read(question, PASSAGES[0]))
    for number in range(8):
        reader.read(question, f"Der Satz mit der Nummer {number} steht hier und sonst nirgends.")
        kept = sum(len(lower.spans) for some in reader._kept.values() for lower in some)
        assert kept == reader._tokens_kept <= 60
    assert 1 <= len(reader._kept) < 8 and PASSAGES[0] not in reader._kept
    assert bits(reader.read(question, PASSAGES[0])) == first, "read anew, and the same"
    last = next(reversed(reader._kept))
    reader.read(question, "Haus " * 100)
    assert len(reader._kept) == 1 and last not in reader._kept, "one that is larger than all pushes out all"
