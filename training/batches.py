"""A step's groups, passages competing for a question each, put together as two flat arrays.

Of sizes that a `Layout` says: on a CPU as they come, on a GPU always the same, so that a step is one CUDA graph.
Processes of their own can do it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import torch

from training.corpus import Corpus, Example, Passage

# Tokens of one forward pass on a CPU; a step of several is split by length, so that little is padding.
PART_TOKENS = 2600
# Most tokens of a passage that the upper layers read in training: whole sentences in a row, chosen anew each time. The
# lower layers have read all of it.
WINDOWS = (24, 48, 96, 96, 144, 144, 320)
# Of a claim's loss, the part of the sentences that it is not about.
OTHERS = 0.5
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


@dataclass(frozen=True, slots=True)
class Layout:
    """How much a step holds at most.

    Attributes:
        parts: of each part of windows: how many, and the tokens of a question, of a passage, of what is read of it.
        groups, sentences: how many of each.
        tokens, answers: how many tokens, and how many sentences, are named as answers.
        claims: sentences that claims are held to.
    """

    parts: tuple[tuple[int, int, int, int], ...]
    groups: int
    sentences: int
    tokens: int
    answers: int
    claims: int

    def integers(self) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the arrays of integers, by name."""
        shapes: dict[str, tuple[int, ...]] = {}
        for number, (rows, question, passage, kept) in enumerate(self.parts):
            shapes[f"questions {number}"] = (rows, question)
            shapes[f"passages {number}"] = (rows, passage)
            shapes[f"kept {number}"] = (rows, kept)
            for length in ("asked", "whole", "read"):
                shapes[f"{length} {number}"] = (rows,)
        tokens = sum(rows * kept for rows, _, _, kept in self.parts)
        shapes |= {"token group": (tokens,), "token sentence": (tokens,), "group of sentence": (self.sentences,)}
        for kind, count in (("start", self.tokens), ("end", self.tokens), ("sentence", self.answers)):
            shapes |= {f"{kind} place": (count,), f"{kind} group": (count,)}
        return shapes | {"claim place": (self.claims,)}

    def floats(self) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the arrays of floats, by name."""
        shapes: dict[str, tuple[int, ...]] = {"asks": (self.groups,), "active": (3, self.groups), "count": (1,)}
        shapes |= {"marginal": (self.groups,), "claim label": (self.claims,), "claim weight": (self.claims,)}
        return shapes | {
            "start weight": (self.tokens,),
            "end weight": (self.tokens,),
            "sentence weight": (self.answers,),
        }


# Of up to 64 groups of a question and two passages; what does not fit is left out.
CUDA_LAYOUT = Layout(((64, 32, 320, 96), (48, 64, 320, 160), (26, 96, 320, 320)), 64, 1600, 4096, 640, 640)
Arrays: TypeAlias = dict[str, torch.Tensor]


def unpacked(layout: Layout, integers: torch.Tensor, floats: torch.Tensor) -> Arrays:
    """Return views of a step's arrays, by name."""
    arrays: Arrays = {}
    for flat, shapes in ((integers, layout.integers()), (floats, layout.floats())):
        at = 0
        for name, shape in shapes.items():
            size = math.prod(shape)
            arrays[name] = flat[at : at + size].view(shape)
            at += size
    return arrays


def group_of(
    corpus: Corpus, example: Example, chance: random.Random, rivals: int, left_out: float, window: int | None = None
) -> Group:
    """Choose an example's rivals, the likelier the oftener; in a share of cases leave the answering passage out.

    Args:
        window: most tokens read of each passage; None chooses among WINDOWS, for each anew.
    """
    claim = example.kind == "claim"
    answers = example.passage >= 0 and (
        claim or example.misleading or chance.random() >= left_out or not example.rivals
    )
    wanted = 0 if claim else rivals if answers else rivals + 1
    pool, chosen = list(example.rivals), []
    while pool and len(chosen) < wanted:
        place = min(int(chance.expovariate(0.3)), len(pool) - 1) if window is None else 0
        chosen.append(pool.pop(place))
    limits = [window or chance.choice(WINDOWS) for _ in range(len(chosen) + 1)]
    windows = [
        (number, _window(corpus.passages[number], None, chance, limit))
        for number, limit in zip(chosen, limits[1:], strict=True)
    ]
    if answers:
        own = _window(corpus.passages[example.passage], example, chance, limits[0])
        windows.insert(0, (example.passage, own))
    return Group(example, windows, answers and not example.misleading)


def _window(passage: Passage, around: Example | None, chance: random.Random, limit: int) -> IntArray:
    """Choose sentences in a row of at most some tokens, all that answer among them, and what belongs to none."""
    sizes = np.bincount(passage.sentences[passage.sentences >= 0])
    first = last = chance.randrange(len(sizes))
    if around:
        answers = [int(passage.sentences[around.start]), int(passage.sentences[around.end]), *around.sentences]
        first, last = max(0, min(answers)), max(answers)
    size = int(sizes[first : last + 1].sum())
    while True:
        sides = [n for n in (first - 1, last + 1) if 0 <= n < len(sizes) and size + sizes[n] <= limit]
        if not sides:
            break
        side = chance.choice(sides)
        size += int(sizes[side])
        first, last = min(first, side), max(last, side)
    inside = (passage.sentences >= first) & (passage.sentences <= last)
    return np.flatnonzero(inside | (passage.sentences < 0))


def batch_of(
    corpus: Corpus, groups: Sequence[Group], layout: Layout | None = None
) -> tuple[Layout, torch.Tensor, torch.Tensor]:
    """Put a step's groups together as integers and floats, in a layout that fits, or in a given one as many as fit."""
    placed = _placed(groups, layout) if layout else _parted(groups)
    made = _Filling(corpus, groups)
    for number, rows in enumerate(placed):
        made.add_part(number, rows, layout.parts[number] if layout else None)
    layout = layout or made.layout()
    arrays = {name: np.zeros(shape, np.int64) for name, shape in layout.integers().items()}
    floats = {name: np.zeros(shape, np.float32) for name, shape in layout.floats().items()}
    made.fill(layout, arrays, floats)
    flat = np.concatenate([array.reshape(-1) for array in arrays.values()])
    return (
        layout,
        torch.from_numpy(flat),
        torch.from_numpy(np.concatenate([one.reshape(-1) for one in floats.values()])),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """A window to read: its group, whether it may have the answer, its passage, what is read of it."""

    group: int
    first: bool
    passage: int
    kept: IntArray


def _rows(groups: Sequence[Group]) -> list[_Row]:
    return [
        _Row(place, first == 0, number, kept)
        for place, group in enumerate(groups)
        for first, (number, kept) in enumerate(group.windows)
    ]


def _parted(groups: Sequence[Group]) -> list[list[_Row]]:
    """Return the windows in parts of like length."""

    def size(row: _Row) -> int:
        return len(groups[row.group].example.question) + len(row.kept)

    rows = sorted(_rows(groups), key=size)
    parts: list[list[_Row]] = [[]]
    for row in rows:
        if parts[-1] and (len(parts[-1]) + 1) * size(row) > PART_TOKENS:
            parts.append([])
        parts[-1].append(row)
    return parts


def _placed(groups: Sequence[Group], layout: Layout) -> list[list[_Row]]:
    """Return the windows in a layout's parts; a group of which one does not fit is left out."""
    parts: list[list[_Row]] = [[] for _ in layout.parts]
    for place in range(len(groups)):
        taken = []
        for row in _rows([groups[place]]):
            question = len(groups[place].example.question)
            for number, (count, longest, _, most) in enumerate(layout.parts):
                if question <= longest and len(row.kept) <= most and len(parts[number]) < count:
                    parts[number].append(_Row(place, row.first, row.passage, row.kept))
                    taken.append(number)
                    break
        if len(taken) < len(groups[place].windows):
            for number in reversed(taken):
                parts[number].pop()
    return parts


class _Filling:
    """A step's arrays while they are put together."""

    def __init__(self, corpus: Corpus, groups: Sequence[Group]) -> None:
        self._corpus, self._groups = corpus, groups
        self._parts: list[tuple[tuple[int, int, int, int], list[_Row]]] = []
        self._tokens: list[tuple[int, IntArray, int, npt.NDArray[np.int32]]] = []
        self._sentence_group: list[int] = []
        self._targets: list[list[tuple[int, int, float]]] = [[], [], []]
        self._claims: list[tuple[int, float, float]] = []
        self._active = np.ones((3, len(groups)), np.float32)
        self._at = 0

    def add_part(self, number: int, rows: list[_Row], shape: tuple[int, int, int, int] | None) -> None:
        """Add a part's windows; its shape where it is given, else as large as they are."""
        questions = [len(self._groups[row.group].example.question) for row in rows]
        passages = [len(self._corpus.passages[row.passage].ids) for row in rows]
        shape = shape or (len(rows), max(questions), max(passages), max(len(row.kept) for row in rows))
        self._parts.append((shape, rows))
        for place, row in enumerate(rows):
            self._add(row, self._at + place * shape[3])
        self._at += shape[0] * shape[3]

    def _add(self, row: _Row, at: int) -> None:
        group, of = self._groups[row.group], self._corpus.passages[row.passage].sentences[row.kept]
        inside = np.flatnonzero(of >= 0)
        if not len(inside):
            # A sentence of no token, a lone sign: nothing is read, nothing is to be found.
            self._active[:, row.group] *= not row.first
            return
        lowest = int(of[inside].min())
        shift = len(self._sentence_group)
        if row.first and group.example.kind == "claim":
            self._claims += _claim(
                group.example, of[inside] - lowest, lowest, shift, self._corpus.passages[row.passage]
            )
        elif row.first and group.answers:
            for kind, found in enumerate(_targets(group.example, row.kept, of)):
                self._active[kind, row.group] = bool(found)
                places = [at + int(inside[target]) if kind < 2 else shift + target for target in found]
                self._targets[kind] += [(place, row.group, 1 / len(found)) for place in places]
        self._tokens.append((row.group, at + inside, shift, of[inside] - lowest))
        self._sentence_group += [row.group] * (int(of.max()) - lowest + 1)

    def layout(self) -> Layout:
        """Return the layout that holds what was added and no more."""
        targets = [max(1, len(some)) for some in self._targets]
        return Layout(
            tuple(shape for shape, _ in self._parts),
            len(self._groups),
            len(self._sentence_group),
            max(targets[:2]),
            targets[2],
            max(1, len(self._claims)),
        )

    def fill(self, layout: Layout, integers: dict[str, IntArray], floats: dict[str, npt.NDArray[np.float32]]) -> None:
        """Write what was added into a layout's arrays; what is left free belongs to no group and no sentence."""
        for number, (_, rows) in enumerate(self._parts):
            # A row of padding reads one token, lest attention be over nothing.
            for length in ("asked", "whole", "read"):
                integers[f"{length} {number}"][:] = 1
            for place, row in enumerate(rows):
                texts = (
                    ("questions", "asked", self._groups[row.group].example.question),
                    ("passages", "whole", self._corpus.passages[row.passage].ids),
                    ("kept", "read", row.kept),
                )
                for name, length, text in texts:
                    integers[f"{name} {number}"][place, : len(text)] = text
                    integers[f"{length} {number}"][place] = len(text)
        integers["token group"][:] = layout.groups
        integers["token sentence"][:] = layout.sentences
        integers["group of sentence"][:] = layout.groups
        # More sentences than a layout has room for, which real texts have not, count for nothing.
        count = min(len(self._sentence_group), layout.sentences)
        integers["group of sentence"][:count] = self._sentence_group[:count]
        for group, places, shift, sentences in self._tokens:
            if shift + int(sentences.max()) < layout.sentences:
                integers["token group"][places] = group
                integers["token sentence"][places] = shift + sentences
        limits = (layout.tokens, layout.tokens, layout.answers)
        for name, targets, limit in zip(("start", "end", "sentence"), self._targets, limits, strict=True):
            integers[f"{name} group"][:] = layout.groups
            for number, (place, group, weight) in enumerate(targets[:limit]):
                integers[f"{name} place"][number], integers[f"{name} group"][number] = place, group
                floats[f"{name} weight"][number] = weight
        integers["sentence place"][:] = np.minimum(integers["sentence place"], layout.sentences)
        for number, (place, label, weight) in enumerate(self._claims[: layout.claims]):
            integers["claim place"][number] = min(place, layout.sentences)
            floats["claim label"][number], floats["claim weight"][number] = label, weight
        for place in {row.group for _, rows in self._parts for row in rows}:
            example = self._groups[place].example
            floats["asks"][place] = example.kind != "claim"
            floats["active"][:, place] = self._active[:, place] * floats["asks"][place]
            floats["marginal"][place] = example.kind == "passage" and self._groups[place].answers
            floats["count"] += 1


def _targets(example: Example, kept: IntArray, of: npt.NDArray[np.int32]) -> list[list[int]]:
    """Return, for the answer's start, its end and its sentences, their places in the window's sentences."""
    inside, lowest = kept[of >= 0], int(of[of >= 0].min())
    if example.kind == "passage":
        tokens = list(range(len(inside)))
        return [tokens, tokens, list(range(1 + int(of.max()) - lowest))]
    # The end of an answer may stand behind its sentence.
    start, end = (min(int(np.searchsorted(inside, place)), len(inside) - 1) for place in (example.start, example.end))
    own = max(0, int(of[np.searchsorted(kept, example.start)]) - lowest)
    sentences = sorted({number - lowest for number in example.sentences}) or [own]
    return [[], [], sentences] if example.kind == "sentence" else [[start], [end], sentences]


def _claim(
    example: Example, sentences: npt.NDArray[np.int32], lowest: int, shift: int, passage: Passage
) -> list[tuple[int, float, float]]:
    """Return, for each sentence of a claim's window, its place, whether it supports the claim, and its weight."""
    count = int(sentences.max()) + 1
    own = int(passage.sentences[example.start]) - lowest
    supporting = {number - lowest for number in example.sentences}
    return [(shift + n, float(n in supporting), 1.0 if n == own else OTHERS / max(1, count - 1)) for n in range(count)]
