"""What a step of training reads, and a loss for each kind of answer."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from index.models.embedded import bundled_model_folder
from rag.reader import network
from training.batches import CUDA_LAYOUT, batch_of, group_of, unpacked
from training.claims import Claim
from training.corpus import Asked, CorpusBuilder, Source, open_tokenizer
from training.reading import PARTS, loss_of, read_all
from training.support import ClaimBuilder
from training.train import starting_weights

TEXT = "The tower is red. It was built in 1889. Nobody painted it."


# A GPU's step, with room for a sixteenth of the windows: a core takes three minutes for all of it.
PADDED = replace(CUDA_LAYOUT, parts=tuple((rows // 16, *lengths) for rows, *lengths in CUDA_LAYOUT.parts))


@pytest.fixture(scope="module")
def encoder() -> dict[str, torch.Tensor]:
    return load_file(bundled_model_folder() / "model.safetensors")


@pytest.mark.model
@pytest.mark.parametrize("split", [0, 3])
def test_each_kind_of_answer_has_its_loss(encoder: dict[str, torch.Tensor], split: int, tmp_path: Path) -> None:
    start = TEXT.index("1889")
    both = ((0, 17), (18, 39))
    kinds = {
        "span": Asked("When was it built?", (start, start + 4)),
        "sentence": Asked("When was it built?", (0, 39), "sentence", both),
        "passage": Asked("When was it built?", (0, len(TEXT)), "passage"),
        "none": Asked("Who is the mayor?", None),
    }
    weights = starting_weights(encoder, Path(network.__file__).with_name("trained_reader.safetensors"),
                               torch.device("cpu"), split)  # fmt: skip
    losses = {}
    for kind, asked in kinds.items():
        builder = CorpusBuilder(open_tokenizer(), random.Random(0))
        builder.add(Source("en", [(TEXT, [asked]), ("Bread is baked at 230 degrees.", [])]))
        (example,) = builder.corpus.examples
        group = group_of(builder.corpus, example, random.Random(1), 1, 0.0)
        figures = []
        # As it comes, and padded as for a GPU, which must count for nothing.
        for layout in (None, PADDED):
            layout, integers, floats = batch_of(builder.corpus, [group], layout)
            arrays = unpacked(layout, integers, floats)
            with torch.no_grad():
                loss, found = loss_of(read_all(encoder, weights, len(layout.parts), arrays, 0.0, split), arrays)
            figures.append([loss.item(), *found.tolist()])
        assert figures[0] == pytest.approx(figures[1], abs=1e-4)
        parts = dict(zip(PARTS, figures[0][1:], strict=True))
        assert figures[0][0] == pytest.approx(sum(parts[n] for n in ("start", "end", "sentence")), abs=1e-5)
        losses[kind] = parts
    assert losses["sentence"]["start"] == losses["sentence"]["end"] == 0, "only whole sentences are known"
    if split == network.SPLIT:
        assert losses["span"]["start"] < 1.5 and losses["passage"]["start"] < losses["span"]["start"]
    assert all(parts["sentence"] >= 0 for parts in losses.values())


@pytest.mark.model
def test_a_claim_is_held_to_each_sentence(encoder: dict[str, torch.Tensor]) -> None:
    weights = starting_weights(
        encoder, Path(network.__file__).with_name("trained_reader.safetensors"), torch.device("cpu")
    )
    builder = CorpusBuilder(open_tokenizer(), random.Random(0))
    claims = ClaimBuilder(builder, None, random.Random(0))  # type: ignore[arg-type]
    sentences = TEXT.split(". ")
    claims.add_one(sentences, Claim("It was built in 1889", 1, True))
    claims.add_one(sentences, Claim("It was built in 1889", 1, False))
    losses = []
    for example in builder.corpus.examples:
        group = group_of(builder.corpus, example, random.Random(1), 1, 0.2)
        assert [number for number, _ in group.windows] == [example.passage], "nothing competes, nothing is left out"
        layout, integers, floats = batch_of(builder.corpus, [group])
        arrays = unpacked(layout, integers, floats)
        with torch.no_grad():
            loss, found = loss_of(read_all(encoder, weights, len(layout.parts), arrays, 0.0, network.SPLIT), arrays)
        parts = dict(zip(PARTS, found.tolist(), strict=True))
        assert parts["start"] == parts["end"] == parts["sentence"] == 0, "a claim is no question"
        losses.append(parts["claim"])
        assert loss.item() == pytest.approx(parts["claim"])
    assert losses[0] < losses[1], "the sentence says so"


def test_a_window_holds_all_sentences_that_answer() -> None:
    sentences = [f"This is sentence {n} of a long text about towers and bridges." for n in range(14)]
    text = " ".join(sentences)
    spans = [(text.index(one), text.index(one) + len(one)) for one in sentences]
    builder = CorpusBuilder(open_tokenizer(), random.Random(0))
    builder.add(Source("en", [(text, [Asked("Which?", spans[6], evidence=(spans[1], spans[12]))])]))
    (example,) = builder.corpus.examples
    of = builder.corpus.passages[0].sentences
    for seed in range(20):
        ((_, kept),) = group_of(builder.corpus, example, random.Random(seed), 0, 0.0).windows
        assert {1, 6, 12} <= set(of[kept].tolist())
