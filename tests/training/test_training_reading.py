"""What a step of training reads: the same network as the reader's, and a loss for each kind of answer."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from index.models.embedded import bundled_model_folder
from rag.reader import network
from rag.reader.weights import trained_weights
from training.corpus import Asked, CorpusBuilder, Source, open_tokenizer
from training.reading import LowerStates, group_of, loss_of, read_apart, read_together
from training.train import lower_weights, starting_weights

TEXT = "The tower is red. It was built in 1889. Nobody painted it."


@pytest.fixture(scope="module")
def encoder() -> dict[str, torch.Tensor]:
    return load_file(bundled_model_folder() / "model.safetensors")


@pytest.mark.model
def test_the_network_is_the_one_that_the_reader_uses(encoder: dict[str, torch.Tensor]) -> None:
    weights = trained_weights(encoder)
    tokenizer = open_tokenizer()
    ids = [torch.tensor([tokenizer.encode(text).ids]) for text in ("query: When was it built?", f"passage: {TEXT}")]
    with torch.no_grad():
        ours, theirs = (
            [made(encoder, one, torch.ones_like(one, dtype=torch.bool)) for one in ids]
            for made in (read_apart, network.read_apart)
        )
        assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
        mask = torch.ones((1, ids[0].shape[1] + ids[1].shape[1]), dtype=torch.bool)
        assert torch.equal(read_together(weights, *ours, mask), network.read_together(weights, *theirs, mask))


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
        lower = LowerStates(lower_weights(encoder, split), builder.corpus.passages, torch.device("cpu"), split)
        group = group_of(builder.corpus, example, random.Random(1), 1, 0.0)
        loss, parts = loss_of(weights, lower, builder.corpus, [group], 0.0)
        assert torch.isfinite(loss) and loss.item() == pytest.approx(
            sum(parts[n] for n in ("start", "end", "sentence"))
        )
        losses[kind] = parts
    assert losses["sentence"]["start"] == losses["sentence"]["end"] == 0, "only whole sentences are known"
    if split == network.SPLIT:
        assert losses["span"]["start"] < 1.5 and losses["passage"]["start"] < losses["span"]["start"]
    assert all(parts["sentence"] >= 0 for parts in losses.values())


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
