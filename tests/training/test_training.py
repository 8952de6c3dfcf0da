"""Training the reader: answers stay where they are through switching and cutting, and a run goes on where it stopped."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest
import torch
from safetensors.numpy import load_file as load_numpy
from safetensors.numpy import save_file
from safetensors.torch import load_file
from tokenizers import Tokenizer

from index.models.embedded import bundled_model_folder
from rag.reader.network import QUESTION_TOKENS, SPLIT
from rag.reader.weights import PATH
from training.corpus import (
    PASSAGE_TOKENS,
    Asked,
    CorpusBuilder,
    Example,
    IntArray,
    Source,
    ranker,
    read_squad,
)
from training.development import LANGUAGES, add_development, whole_articles
from training.network import trained_tensors
from training.switching import WordList, read_german, read_spanish
from training.train import starting_weights

TEXT = "In New York City the tall tower, built in 1889, is red. Nobody painted the tall bridge. The tower is old."
WORDS = WordList(
    {
        "tower": ["Turm"], "tall": ["außerordentlich hohe"], "the": ["der"], "new york city": ["NYC"], "is": ["ist"],
        "bridge": ["Brücke"], "old": ["alt"], "a": ["ein"],
    }
)  # fmt: skip
# What each becomes where every word that is known is replaced.
ANSWERS = {
    "New York City": "NYC",
    "York": "NYC",
    "the tall tower": "der außerordentlich hohe Turm",
    "tower, built": "Turm, built",
    "1889": "1889",
    "painted the": "painted der",
    "tall bridge": "außerordentlich hohe Brücke",
    "old.": "alt.",
    "In": "In",
}


def asked(text: str, answer: str, question: str = "What?") -> Asked:
    start = text.index(answer)
    return Asked(question, (start, start + len(answer)))


def builder(seed: int = 1) -> CorpusBuilder:
    tokenizer = Tokenizer.from_file(str(bundled_model_folder() / "tokenizer.json"))
    return CorpusBuilder(tokenizer, random.Random(seed))


def decoded(made: CorpusBuilder, ids: IntArray) -> str:
    return "".join(made._tokenizer.id_to_token(number) for number in ids.tolist()).replace("▁", " ").strip()


def read_back(made: CorpusBuilder, example: Example) -> str:
    return decoded(made, made.corpus.passages[example.passage].ids[example.start : example.end + 1])


@pytest.mark.parametrize(("answer", "becomes"), ANSWERS.items())
def test_switched_words_take_the_answer_along(answer: str, becomes: str) -> None:
    switched = WORDS.switch(TEXT, 1.0, random.Random(0))
    start, end = asked(TEXT, answer).answer or (0, 0)
    assert switched.text[switched.start(start) : switched.end(end)] == becomes
    assert switched.text.startswith("In NYC der ") and ". Der Turm ist alt." in switched.text


def test_what_is_not_switched_stays_as_it_is() -> None:
    assert WORDS.switch(TEXT, 0.0, random.Random(0)).text == TEXT
    made = set()
    for seed in range(30):
        switched = WORDS.switch(TEXT, 0.5, random.Random(seed))
        made.add(switched.text)
        assert switched.start(0) == 0 and switched.end(len(TEXT)) == len(switched.text)
        for answer in ANSWERS:
            start, end = asked(TEXT, answer).answer or (0, 0)
            found = switched.text[switched.start(start) : switched.end(end)]
            inside = any(a < end and b > start for a, b in switched.before)
            assert inside or found == answer
        gaps = zip([(0, 0), *switched.before], [*switched.before, (len(TEXT), 0)], strict=True)
        moved = zip([(0, 0), *switched.after], [*switched.after, (len(switched.text), 0)], strict=True)
        for ((_, a), (b, _)), ((_, c), (d, _)) in zip(gaps, moved, strict=True):
            assert TEXT[a:b] == switched.text[c:d]
    assert len(made) > 10


def test_the_german_word_list_is_read(tmp_path: Path) -> None:
    (tmp_path / "de-en").write_text(
        "# Haus :: nothing\n"
        "Haus {n} | Häuser {pl} :: house | houses\n"
        "Turm {m}; Bau {m} [arch.] :: tower; tall building (edifice)\n"
        "Turm {m} (am Meer) :: tower\n"
        "sich freuen {vr} | er freut sich :: to be glad | he is glad\n"
        "A-4-Blatt :: sheet of A4 paper of a size that nobody wants\n"
        "no translation here\n",
        encoding="utf-8",
    )
    entries = read_german(tmp_path / "de-en").entries
    assert entries["house"] == ["Haus"] and entries["houses"] == ["Häuser"]
    assert entries["tower"] == ["Turm", "Bau"], "the commoner first"
    assert entries["tall building"] == ["Turm", "Bau"] and entries["be glad"] == ["freuen"]
    assert entries["the"][:3] == ["der", "die", "das"] and entries["years"] == ["Jahre"]
    assert "nothing" not in entries and all(key == key.lower() and found for key, found in entries.items())


def test_the_spanish_word_list_is_read(tmp_path: Path) -> None:
    content = (
        "FreeDict ver. 1\nhttp://freedict.org/\ntower /taʊə/\ntorre, rascacielos\nAfrica /æfrikə/\nÁfrica\n24 /x/\n7\n"
    )
    (tmp_path / "eng-spa.dict.dz").write_bytes(gzip.compress(content.encode()))
    entries = read_spanish(tmp_path / "eng-spa.dict.dz").entries
    assert entries["tower"] == ["torre", "rascacielos"] and entries["africa"] == ["África"]
    assert entries["why"] == ["por qué"] and entries["through"] == ["a través de"] and entries["not"] == ["no"]
    assert "24" not in entries and not any("freedict" in key for key in entries)


def test_squad_files_are_read(tmp_path: Path) -> None:
    context = "Rot und rot und rot."
    qas = [
        {"question": "A?", "answers": [{"text": "und", "answer_start": 4}]},
        {"question": "B?", "answers": [{"text": "rot", "answer_start": 15}]},
        {"question": "C?", "answers": [{"text": "blau", "answer_start": 0}]},
        {"question": "D?", "answers": [], "is_impossible": True},
    ]
    data = json.dumps({"data": [{"paragraphs": [{"context": context, "qas": qas}]}]}).encode()
    (tmp_path / "drcd.zh.json.gz").write_bytes(gzip.compress(data))
    (tmp_path / "de.json").write_bytes(data)
    packed, plain = (list(read_squad(tmp_path / name)) for name in ("drcd.zh.json.gz", "de.json"))
    assert (packed[0].language, plain[0].language) == ("zh", "de") and packed[0].paragraphs == plain[0].paragraphs
    # The second is not where it is said to be; the nearest one is meant. The third is nowhere.
    assert [one.answer for one in plain[0].paragraphs[0][1]] == [(4, 7), (16, 19), None, None]


@pytest.mark.parametrize("seed", range(4))
def test_answers_are_found_in_the_tokens(seed: int) -> None:
    questions = [asked(TEXT, answer, f"Where is {answer}?") for answer in ANSWERS if answer != "York"]
    other = "Bread is baked at 230 degrees. 😀 Café. 東京。"
    source = Source("en", [(TEXT, questions), (other, [asked(other, "230 degrees"), Asked("Who?", None)])])
    made = builder(seed)
    made.add(source, (None, (WORDS, 1.0)))
    first, second = made.corpus.examples[: len(questions) + 2], made.corpus.examples[len(questions) + 2 :]
    assert [read_back(made, one) for one in first[:-1]] == [q for q in ANSWERS if q != "York"] + ["230 degrees"]
    switched = [becomes for answer, becomes in ANSWERS.items() if answer != "York"]
    assert [read_back(made, one) for one in second[:-1]] == [*switched, "230 degrees"]
    assert first[-1].passage == second[-1].passage == -1 and first[-1].rivals, "no answer, but what to tell it from"
    for copy, numbers in ((first, range(2)), (second, range(2, 4))):
        for example in copy:
            assert set(example.rivals) <= set(numbers) - {example.passage}, "rivals are of the same copy"
    for passage in made.corpus.passages:
        assert passage.sentences[-1] == -1 and (passage.sentences[:4] == -1).sum() >= 3, "special tokens and prompt"
        assert set(passage.sentences.tolist()) == set(range(-1, passage.sentences.max() + 1))


def test_answers_are_found_in_long_paragraphs_too() -> None:
    sentences = [f"The tall tower number {n} is in town and was built in the year {1000 + n}." for n in range(60)]
    text = " ".join(sentences)
    questions = [asked(text, f"year {1000 + n}", f"When was tower {n} built?") for n in range(60)]
    for switch in (None, (WORDS, 1.0)):
        made = builder()
        made.add(Source("en", [(text, questions)]), (switch,))
        assert len(made.corpus.passages) > 4 and all(len(p.ids) <= PASSAGE_TOKENS for p in made.corpus.passages)
        assert len(made.corpus.examples) > 50, "where switching makes a passage too long its end is not read"
        by_question = {made.encode_question(one.question).tobytes(): text[slice(*one.answer)] for one in questions}
        for example in made.corpus.examples:
            # A token may hold a digit and the full stop.
            answer = read_back(made, example).rstrip(".")
            assert answer.startswith("year 1") and (switch or answer == by_question[example.question.tobytes()])
            for rival in example.rivals:
                assert answer not in decoded(made, made.corpus.passages[rival].ids)


def test_a_long_question_is_cut() -> None:
    ids = builder().encode_question("Why " * 300)
    assert len(ids) == QUESTION_TOKENS and ids[-1] == builder().encode_question("Why?")[-1]


def test_rivals_are_those_that_share_the_rarest_letters() -> None:
    rank = ranker(["Brot backt man im Ofen.", "Der Turm ist hoch.", "Die Bäckerei Huber backt Brot."])
    assert rank("Wann backt Huber?")[0] == 2 and rank("Wie hoch ist der Turm?")[0] == 1
    assert sorted(rank("xyz")) == [0, 1, 2] and ranker(["北京很大", "东京很远"])("东京在哪")[0] == 1


def test_the_development_half_asks_each_article_in_two_languages(tmp_path: Path) -> None:
    for language in LANGUAGES:
        articles = []
        for number in range(3):
            contexts = [f"{language}{number}{part} was here. It rained." for part in "ab"]
            paragraphs = [
                {
                    "context": c,
                    "qas": [{"question": f"{language} who {c[:4]}?", "answers": [{"text": c[:4], "answer_start": 0}]}],
                }
                for c in contexts
            ]
            articles.append({"paragraphs": paragraphs})
        (tmp_path / f"{language}.json").write_text(json.dumps({"data": articles}))
    text, questions = whole_articles(tmp_path, "de")[1].paragraphs[0]
    assert [text[slice(*one.answer)] for one in questions] == ["de1a", "de1b"]
    whole, part = builder(), builder()
    add_development(whole, tmp_path, None)
    add_development(part, tmp_path, 1)
    # Articles, languages of the article, languages of the question, questions.
    assert len(whole.corpus.examples) == 3 * 4 * 2 * 2 and len(part.corpus.examples) == 2 * 4 * 2 * 2
    assert {read_back(part, one) for one in part.corpus.examples} == {
        f"{x}{n}{p}" for x in LANGUAGES for n in (0, 2) for p in "ab"
    }


def test_some_questions_are_asked_again_of_something_else() -> None:
    text = "Tower 17 was built in 1889. Tower 25 was built in 1930."
    questions = [asked(text, "1889", "When was tower 17 built?"), asked(text, "1930", "When was tower 25 built?")]
    source = Source("en", [(text, questions), ("Bread is baked at 230 degrees.", [Asked("Who baked it?", None)])])
    made = builder()
    made.add(source, misleading=1.0)
    plain = [example for example in made.corpus.examples if not example.misleading]
    wrong = [example for example in made.corpus.examples if example.misleading]
    assert [read_back(made, one).rstrip(".") for one in plain[:2]] == ["1889", "1930"] and len(plain) == 3
    # A question without an answer is misleading as it is.
    assert [decoded(made, one.question) for one in wrong] == [decoded(made, one.question) for one in plain[1::-1]]
    assert [one.passage for one in wrong] == [one.passage for one in plain[:2]], "where its answer would have been"


def test_training_goes_on_from_weights_of_fewer_layers(tmp_path: Path) -> None:
    encoder = load_file(bundled_model_folder() / "model.safetensors")
    kept = {name: values for name, values in load_numpy(PATH).items() if f"layer.{SPLIT}." not in name}
    save_file(kept, tmp_path / "fewer.safetensors")
    weights = starting_weights(encoder, tmp_path / "fewer.safetensors", torch.device("cpu"))
    name = "encoder.layer.{}.attention.self.query.weight"
    assert torch.equal(weights[name.format(SPLIT)], encoder[name.format(SPLIT)]), "begins as the encoder's"
    assert not torch.equal(weights[name.format(SPLIT + 1)], encoder[name.format(SPLIT + 1)]), "begins as stored"
    assert weights.keys() == trained_tensors(encoder, PATH).keys() and all(
        one.requires_grad for one in weights.values()
    )
