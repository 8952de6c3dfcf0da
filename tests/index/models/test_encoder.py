from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index import EmbeddedEncoder, ModelError, SentenceTransformerEncoder, Span
from index.models.embedded import bundled_model_folder
from index.models.embedded_encoder import open_encoder
from index.models.encoder import COUNTED_AT_ONCE, prompts_for

TEXTS = ["Der Gipfel fand in Washington statt.", "Brot backt man im Ofen.", "Ein Satz. " * 30]


def test_vectors_are_unit_and_near_what_they_mean(encoder: EmbeddedEncoder) -> None:
    passages = encoder.encode_passages(TEXTS)
    question = encoder.encode_questions(["Where did the summit take place?"])
    assert passages.shape == (3, encoder.dimension) == (3, 384) and passages.dtype == np.float32
    assert np.allclose(np.linalg.norm(passages, axis=1), 1, atol=1e-5)
    assert (passages @ question[0]).argmax() == 0


def test_no_texts_give_no_vectors(encoder: EmbeddedEncoder) -> None:
    assert encoder.encode_passages([]).shape == encoder.encode_questions([]).shape == (0, 384)
    assert encoder.token_counts([]) == []


def test_who_gives_up_does_not_wait_until_all_tokens_are_counted(encoder: EmbeddedEncoder) -> None:
    begun = threading.Event()

    def progress(what: str, done: int, total: int) -> None:
        if begun.is_set():
            raise InterruptedError
        assert (done, total) == (0, 2 * COUNTED_AT_ONCE)
        begun.set()

    with pytest.raises(InterruptedError):
        encoder.token_counts(["a"] * 2 * COUNTED_AT_ONCE, progress)


def test_the_same_texts_give_the_same_bytes(encoder: EmbeddedEncoder) -> None:
    assert encoder.encode_passages(TEXTS).tobytes() == encoder.encode_passages(TEXTS).tobytes()


def test_order_is_kept_whatever_the_lengths(encoder: EmbeddedEncoder) -> None:
    texts = ["kurz", "lang " * 200, "mittel " * 20] * 4
    together = encoder.encode_passages(texts)
    alone = np.concatenate([encoder.encode_passages([text]) for text in texts])
    assert ((together * alone).sum(1) > 0.995).all()


def test_parts_are_pooled_from_the_whole_text(encoder: EmbeddedEncoder) -> None:
    text = "Kim traf Putin in Moskau. Dort aßen sie Fisch. " + "Danach geschah lange nichts. " * 300
    parts = [Span(0, 25), Span(26, 46), Span(len(text) - 29, len(text) - 1)]
    vectors, [pooled] = encoder.encode_in_context([text], [parts])
    assert vectors.shape == (1, 384) and pooled.shape == (3, 384)
    assert np.allclose(np.linalg.norm(pooled[:2], axis=1), 1, atol=1e-5)
    assert not pooled[2].any(), "past the model's limit nothing was read"
    asked = encoder.encode_questions(["Was aßen Kim und Putin in Moskau?"])[0]
    alone = encoder.encode_passages([text[26:46]])[0]
    assert pooled[1] @ asked > alone @ asked, "in context it is known who 'sie' are and where 'dort' is"


def test_threads_may_share_an_encoder(encoder: EmbeddedEncoder) -> None:
    questions = [f"Frage Nummer {i}: {'warum ' * (i % 7)}?" for i in range(40)]
    one_by_one = [encoder.encode_questions([question]).tobytes() for question in questions]
    with ThreadPoolExecutor(8) as pool:
        at_once = list(pool.map(lambda question: encoder.encode_questions([question]).tobytes(), questions))
    assert at_once == one_by_one


def test_progress_ends_at_the_number_of_texts(encoder: EmbeddedEncoder) -> None:
    seen: list[tuple[str, int, int]] = []
    encoder.encode_passages(["Wort " * 300] * 20, lambda *step: seen.append(step))
    assert seen[-1] == ("encoding", 20, 20) and len(seen) > 1


@pytest.mark.parametrize(
    ("name", "own", "prompts"),
    [
        ("intfloat/multilingual-e5-base", {}, ("query: ", "passage: ")),
        ("any/model", {"query": "Q: ", "passage": "P: "}, ("Q: ", "P: ")),
        ("any/model", {"query": "Q: ", "document": "D: "}, ("Q: ", "D: ")),
        ("intfloat/multilingual-e5-large-instruct", {}, ("", "")),
        ("sentence-transformers/all-MiniLM-L6-v2", {}, ("", "")),
    ],
)
def test_prompts_are_the_models_own_or_e5s(name: str, own: dict[str, str], prompts: tuple[str, str]) -> None:
    assert prompts_for(name, own) == prompts


@pytest.mark.model
def test_any_folder_is_a_model_and_has_a_fingerprint_of_its_weights(tmp_path: Path, encoder: EmbeddedEncoder) -> None:
    shutil.copytree(bundled_model_folder(), tmp_path / "model")
    copy = SentenceTransformerEncoder(str(tmp_path / "model"))
    # The same weights, in torch and not rounded to eight bits.
    assert (copy.encode_questions(["Wo?"]) @ encoder.encode_questions(["Wo?"])[0]).item() > 0.995
    weights = tmp_path / "model" / "model.safetensors"
    with weights.open("r+b") as stream:
        stream.seek(weights.stat().st_size // 2)
        stream.write(bytes(4_000_000))
    assert SentenceTransformerEncoder(str(tmp_path / "model")).fingerprint != copy.fingerprint != encoder.fingerprint


def test_a_model_that_cannot_be_had_names_the_embedded_one(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in (str(tmp_path / "empty"), "no/such-model"):
        with pytest.raises(ModelError, match="embedded multilingual-e5-small"):
            SentenceTransformerEncoder(name)


def test_a_process_loads_a_model_once(encoder: EmbeddedEncoder) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert {id(opened) for opened in pool.map(lambda _: open_encoder(), range(4))} == {id(encoder)}
