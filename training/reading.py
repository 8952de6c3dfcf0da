"""One step's reading: groups of passages competing for a question, and the loss over all their tokens and sentences."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import layer_norm, linear

from index.models.encoder import bfloat16_is_faster
from rag.reader.network import LAYERS, LOGITS, SPLIT, Weights, layer
from training.corpus import Corpus, Example, Passage

# Tokens of one forward pass; a step of several is split by length, so that little is padding.
PART_TOKENS = 2600
# Most tokens of a passage that the upper layers read in training: whole sentences in a row, chosen anew each time. The
# lower layers have read all of it. Half the time of whole passages.
WINDOWS = (24, 48, 96, 96, 144, 144, 320)
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Group:
    """A question and what is read for it.

    Attributes:
        windows: numbers of passages, and which of their tokens are read, shape (t,).
        answers: whether the first of them has the answer.
    """

    example: Example
    windows: list[tuple[int, IntArray]]
    answers: bool


def group_of(corpus: Corpus, example: Example, chance: random.Random, rivals: int, left_out: float) -> Group:
    """Choose an example's rivals, the likelier the oftener; in a share of cases leave the answering passage out."""
    answers = example.passage >= 0 and (example.misleading or chance.random() >= left_out or not example.rivals)
    wanted = rivals if answers else rivals + 1
    pool, chosen = list(example.rivals), []
    while pool and len(chosen) < wanted:
        place = min(int(chance.expovariate(0.3)), len(pool) - 1)
        chosen.append(pool.pop(place))
    windows = [(number, _window(corpus.passages[number], None, chance)) for number in chosen]
    if answers:
        windows.insert(0, (example.passage, _window(corpus.passages[example.passage], example, chance)))
    return Group(example, windows, answers and not example.misleading)


def _window(passage: Passage, around: Example | None, chance: random.Random) -> IntArray:
    """Choose sentences in a row of at most some tokens, all that answer among them, and what belongs to none."""
    sizes = np.bincount(passage.sentences[passage.sentences >= 0])
    limit = chance.choice(WINDOWS)
    first = last = chance.randrange(len(sizes))
    if around:
        answers = [int(passage.sentences[around.start]), int(passage.sentences[around.end]), *around.sentences]
        first, last = max(0, min(answers)), max(answers)
    while True:
        sides = [
            n
            for n in (first - 1, last + 1)
            if 0 <= n < len(sizes) and sizes[min(first, n) : max(last, n) + 1].sum() <= limit
        ]
        if not sides:
            break
        side = chance.choice(sides)
        first, last = min(first, side), max(last, side)
    inside = (passage.sentences >= first) & (passage.sentences <= last)
    return np.flatnonzero(inside | (passage.sentences < 0))


def working_precision(device: torch.device) -> torch.dtype:
    """Return the precision to compute in: bfloat16 where that is faster."""
    return torch.bfloat16 if device.type == "cuda" or bfloat16_is_faster() else torch.float32


def read_apart(weights: Weights, ids: torch.Tensor, mask: torch.Tensor, split: int = SPLIT) -> torch.Tensor:
    """Return what the embeddings and the first `split` layers make of texts, as rag's network does with SPLIT."""
    embeddings = {part: weights[f"embeddings.{part}_embeddings.weight"] for part in ("word", "position", "token_type")}
    states = embeddings["word"][ids] + embeddings["position"][: ids.shape[1]] + embeddings["token_type"][0]
    norm = [weights[f"embeddings.LayerNorm.{part}"] for part in ("weight", "bias")]
    states = layer_norm(states, states.shape[-1:], *norm, 1e-12)
    for number in range(split):
        states = layer(weights, number, states, mask[:, None, None, :], 0.0)
    return states


def read_together(
    weights: Weights,
    questions: torch.Tensor,
    passages: torch.Tensor,
    mask: torch.Tensor,
    dropout: float = 0.0,
    split: int = SPLIT,
) -> torch.Tensor:
    """Return the logits of the passages' tokens, as rag's network does with SPLIT layers read apart."""
    states = torch.cat([questions + weights["sides"][0], passages + weights["sides"][1]], dim=1)
    for number in range(split, LAYERS):
        states = layer(weights, number, states, mask[:, None, None, :], dropout)
    tokens = linear(states[:, questions.shape[1] :], weights["token_head.weight"], weights["token_head.bias"])
    nothing = linear(states[:, :1], weights["null_head.weight"], weights["null_head.bias"])
    return tokens.float() - nothing.float()


class LowerStates:
    """What the lower layers, read apart and not trained, make of passages: computed once, kept in bfloat16."""

    def __init__(self, encoder: Weights, passages: Sequence[Passage], device: torch.device, split: int = SPLIT) -> None:
        self.split = split
        self._passages, self._device = passages, device
        self._encoder = {name: tensor.to(working_precision(device)) for name, tensor in encoder.items()}
        self._kept: dict[int, torch.Tensor] = {}

    def of_passages(self, numbers: Sequence[int]) -> list[torch.Tensor]:
        """Return states of shape (tokens, hidden), in the order asked."""
        missing = sorted({n for n in numbers if n not in self._kept}, key=lambda n: len(self._passages[n].ids))
        for first in range(0, len(missing), 8):
            some = missing[first : first + 8]
            states = self.of_texts([self._passages[number].ids for number in some])
            self._kept.update(zip(some, states, strict=True))
        return [self._kept[number] for number in numbers]

    def of_texts(self, texts: Sequence[np.ndarray]) -> list[torch.Tensor]:  # type: ignore[type-arg]
        """Return states of shape (tokens, hidden), of each text."""
        longest = max(len(text) for text in texts)
        ids = torch.zeros((len(texts), longest), dtype=torch.long)
        mask = torch.zeros((len(texts), longest), dtype=torch.bool)
        for row, text in enumerate(texts):
            ids[row, : len(text)] = torch.from_numpy(text.astype(np.int64))
            mask[row, : len(text)] = True
        with torch.no_grad():
            states = read_apart(self._encoder, ids.to(self._device), mask.to(self._device), self.split)
        # Copies: a view would keep the whole batch.
        return [row[: len(text)].to(torch.bfloat16).clone() for row, text in zip(states, texts, strict=True)]


def read_all(
    weights: Weights, pairs: Sequence[tuple[torch.Tensor, torch.Tensor]], dropout: float = 0.0, split: int = SPLIT
) -> list[torch.Tensor]:
    """Return the logits of pairs of lower states, question and passage, each of shape (passage tokens, LOGITS)."""
    dtype = working_precision(pairs[0][0].device)
    # Everything in the low precision, residuals too, is a tenth faster than autocast; the optimiser's copy is float32.
    weights = {name: tensor.to(dtype) for name, tensor in weights.items()}
    passages = [passage for _, passage in pairs]
    lengths = [len(question) + len(passage) for (question, _), passage in zip(pairs, passages, strict=True)]
    read: list[torch.Tensor | None] = [None] * len(pairs)
    part: list[int] = []
    order = sorted(range(len(pairs)), key=lambda i: lengths[i])
    for place, number in enumerate(order):
        part.append(number)
        if place + 1 < len(order) and (len(part) + 1) * lengths[order[place + 1]] <= PART_TOKENS:
            continue
        questions = [pairs[i][0] for i in part]
        some = [passages[i] for i in part]
        q, p = max(map(len, questions)), max(map(len, some))
        device, hidden = some[0].device, some[0].shape[1]
        question_states = torch.zeros((len(part), q, hidden), device=device, dtype=dtype)
        passage_states = torch.zeros((len(part), p, hidden), device=device, dtype=dtype)
        mask = torch.zeros((len(part), q + p), dtype=torch.bool, device=device)
        for row, (question, passage) in enumerate(zip(questions, some, strict=True)):
            question_states[row, : len(question)] = question
            passage_states[row, : len(passage)] = passage
            mask[row, : len(question)] = True
            mask[row, q : q + len(passage)] = True
        logits = read_together(weights, question_states, passage_states, mask, dropout, split)
        for row, i in enumerate(part):
            read[i] = logits[row, : len(some[row])]
        part = []
    return [logits for logits in read if logits is not None]


def sentence_means(logits: torch.Tensor, sentences: torch.Tensor) -> torch.Tensor:
    """Return the mean logit of each sentence's tokens, shape (sentences of the passage,)."""
    inside = sentences >= 0
    count = int(sentences.max()) + 1
    sums = torch.zeros(count, device=logits.device).index_add(0, sentences[inside], logits[inside])
    sizes = torch.bincount(sentences[inside], minlength=count).clamp(min=1)
    return sums / sizes


def loss_of(
    weights: Weights, lower: LowerStates, corpus: Corpus, groups: Sequence[Group], dropout: float
) -> tuple[torch.Tensor, dict[str, float]]:
    """Return the mean loss of some groups and its parts.

    One softmax over the tokens of all passages of a group and "none" (shared normalisation, Clark & Gardner 2018, arXiv
    1710.10723) for the answer's start, one for its end, and one over their sentences. Where whole sentences answer,
    only the last; where just the passage is known, the likelihood of all its tokens and sentences together.
    """
    questions = lower.of_texts([group.example.question for group in groups])
    passages = iter(lower.of_passages([number for group in groups for number, _ in group.windows]))
    pairs = [
        (question, next(passages)[torch.from_numpy(kept)])
        for question, group in zip(questions, groups, strict=True)
        for _, kept in group.windows
    ]
    read = iter(read_all(weights, pairs, dropout, lower.split))
    device = questions[0].device
    none = torch.zeros(1, device=device)
    totals = [torch.zeros((), device=device) for _ in range(LOGITS)]
    found = 0
    for group in groups:
        kinds: list[list[torch.Tensor]] = [[none], [none], [none]]
        targets: list[list[int]] = [[0], [0], [0]]
        for place, (number, kept) in enumerate(group.windows):
            logits = next(read)
            of = corpus.passages[number].sentences[kept]
            if group.answers and place == 0:
                targets = _targets(group.example, kept, of)
            sentences = torch.from_numpy(np.where(of >= 0, of - of[of >= 0].min(), -1).astype(np.int64)).to(device)
            for kind in (0, 1):
                kinds[kind].append(logits[sentences >= 0, kind])
            kinds[2].append(sentence_means(logits[:, 2], sentences))
        for kind, target in enumerate(targets):
            values = torch.cat(kinds[kind])
            if group.example.kind == "passage":
                # Which of them answers is not known: the likelihood of all together.
                totals[kind] = totals[kind] + torch.logsumexp(values, 0) - torch.logsumexp(values[target], 0)
            elif target:
                totals[kind] = totals[kind] + torch.logsumexp(values, 0) - values[target].mean()
        found += int(values.argmax()) in target
    parts = {name: total.item() / len(groups) for name, total in zip(("start", "end", "sentence"), totals, strict=True)}
    loss: torch.Tensor = sum(totals[1:], totals[0]) / len(groups)
    return loss, parts | {"sentence right": found / len(groups)}


def _targets(example: Example, kept: IntArray, of: npt.NDArray[np.int32]) -> list[list[int]]:
    """Return, for the answer's start, its end and its sentences, their places after "none" in the first window."""
    inside, first = kept[of >= 0], int(of[of >= 0].min())
    start, end = (1 + int(np.searchsorted(inside, place)) for place in (example.start, example.end))
    if example.kind == "passage":
        tokens = list(range(1, len(inside) + 1))
        return [tokens, tokens, list(range(1, 2 + int(of.max()) - first))]
    own = 1 + max(0, int(of[np.searchsorted(kept, example.start)]) - first)
    sentences = sorted({1 + number - first for number in example.sentences}) or [own]
    return [[], [], sentences] if example.kind == "sentence" else [[start], [end], sentences]
