"""What the network alone finds, on questions that it is not trained on: quick enough to steer a training run by.

    python -m training.evaluation WEIGHTS --xquad XQUAD_R --data READER_TRAINING_2 [--titles]

Reads four passages of the question's article and says, for German and English → German questions of XQuAD-R's
development half (fold 0 of its articles) and for GermanQuAD's tuning questions:

    first, three    the answering sentence came first, or among the first three, by the sum of the three logits
    within          the answering sentence came first among those of the answering paragraph
    EM, F1          of the short answer in the sentence that came first
    loss            the mean of the three losses over all that was read; moves before the others do
    AUROC           of the same sum, with the answering paragraph and without it (GermanQuAD: of a text without it)

The standard error of a share of 120 questions is 4 points: compare runs by their loss, and pairwise.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from sklearn.metrics import roc_auc_score

from index.models.embedded import bundled_model_folder
from index.models.encoder import keep_freed_memory
from rag.evaluation.judge import exact_match, f1
from rag.reader.evidence import SentenceEvidence, trimmed
from rag.reader.network import SPLIT, TokenLogits
from training.corpus import CorpusBuilder, Passage, open_tokenizer, ranker, read_json
from training.development import FOLDS
from training.network import Weights, read_apart, read_together, trained_tensors

MOST_PASSAGES = 4


@dataclass(frozen=True, slots=True)
class Text:
    """A passage: its text, the half-open offsets of its sentences in it, its tokens and theirs."""

    text: str
    sentences: list[tuple[int, int]]
    passage: Passage
    spans: np.ndarray  # type: ignore[type-arg]


@dataclass(frozen=True, slots=True)
class Case:
    """A question, the passages that compete, and which of them are of the paragraph that answers.

    Attributes:
        gold: passage and half-open offsets in it, of the first expected answer.
        without: passages among which there is no answer.
    """

    question: str
    language: str
    answers: list[str]
    texts: list[Text]
    gold: tuple[int, int, int]
    own: list[int]
    without: list[Text]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found for a question; `without` is None where nothing was to be read without the answer."""

    first: bool
    three: bool
    within: bool
    exact: float
    f1: float
    loss: float
    score: float
    without: float | None


class Cases:
    """Cuts articles into passages and makes cases of their questions."""

    def __init__(self, titles: bool) -> None:
        self._builder = CorpusBuilder(open_tokenizer(), random.Random(0))
        self._titles = titles

    def of_xquad(self, folder: Path, asked: str, language: str) -> Iterator[Case]:
        """Yield the questions of fold 0, asked in one language of articles in another."""
        articles = zip(read_json(folder / f"{language}.json"), read_json(folder / f"{asked}.json"), strict=True)
        for number, (article, worded) in enumerate(articles):
            if number % FOLDS:
                continue
            paragraphs = [self._texts(p["context"], article["title"], language) for p in article["paragraphs"]]
            for place, (own, other) in enumerate(zip(article["paragraphs"], worded["paragraphs"], strict=True)):
                rest = [text for n, texts in enumerate(paragraphs) if n != place for text in texts]
                for qa, wording in zip(own["qas"], other["qas"], strict=True):
                    case = _case(wording["question"], language, qa, own["context"], paragraphs, place, rest)
                    if case:
                        yield case

    def of_germanquad(self, folder: Path) -> Iterator[Case]:
        """Yield GermanQuAD's tuning questions, each with the text that does not answer it."""
        removed = {
            qa["question"]: (article["title"], paragraph["context"])
            for article in read_json(folder / "germanquad-no-answer.de.json.gz")
            for paragraph in article["paragraphs"]
            for qa in paragraph["qas"]
        }
        for article in read_json(folder / "germanquad.de.json.gz"):
            paragraphs = [self._texts(p["context"], article["title"], "de") for p in article["paragraphs"]]
            for place, own in enumerate(article["paragraphs"]):
                for qa in own["qas"]:
                    title, context = removed[qa["question"]]
                    case = _case(
                        qa["question"], "de", qa, own["context"], paragraphs, place, self._texts(context, title, "de")
                    )
                    if case:
                        yield case

    def ids_of(self, question: str) -> np.ndarray:  # type: ignore[type-arg]
        """Return a question's token ids."""
        return self._builder.encode_question(question)

    def _texts(self, context: str, title: str, language: str) -> list[Text]:
        made = []
        for sentences in self._builder.cut(context, language):
            first, last = sentences[0][0], sentences[-1][1]
            places = [(start - first, end - first) for start, end in sentences]
            text = context[first:last]
            shown = title.replace("_", " ") if self._titles else ""
            passage, spans = self._builder.encode(text, places, shown)
            made.append(Text(text, places, passage, spans))
        return made


def _case(
    question: str,
    language: str,
    qa: dict[str, Any],
    context: str,
    paragraphs: Sequence[list[Text]],
    place: int,
    without: list[Text],
) -> Case | None:
    answer = qa["answers"][0]
    # Where the answer is in the paragraph's passages: the first that has all of it.
    own = [sum(map(len, paragraphs[:place])) + n for n in range(len(paragraphs[place]))]
    texts = [text for some in paragraphs for text in some]
    for number in own:
        shift = context.find(texts[number].text)
        start = answer["answer_start"] - shift
        if start >= 0 and start + len(answer["text"]) <= len(texts[number].text):
            break
    else:
        return None
    # Retrieval chooses what is read: here the letters it shares, and always the paragraph that answers.
    order = ranker([text.text for text in texts])(question)
    kept = (own + [n for n in order if n not in own])[: max(MOST_PASSAGES, len(own))]
    gold = (kept.index(number), start, start + len(answer["text"]))
    few = [without[n] for n in ranker([text.text for text in without])(question)[:MOST_PASSAGES]]
    answers = [one["text"] for one in qa["answers"]]
    return Case(question, language, answers, [texts[n] for n in kept], gold, list(range(len(own))), few)


def evaluate(weights: Weights, cases: Cases, some: Sequence[Case], split: int) -> list[Outcome]:
    """Read what competes for each question, and judge."""
    encoder = load_file(bundled_model_folder() / "model.safetensors")
    both = {name: tensor.to(torch.bfloat16) for name, tensor in {**encoder, **weights}.items()}
    outcomes = []
    with torch.inference_mode():
        for case in some:
            question = _states(both, cases.ids_of(case.question), split)
            read = {}
            for text in (*case.texts, *case.without):
                passage = _states(both, text.passage.ids, split)
                mask = torch.ones((1, question.shape[1] + passage.shape[1]), dtype=torch.bool)
                logits = read_together(both, question, passage, mask, split=split)
                read[id(text)] = logits[0].float().numpy()
            outcomes.append(_outcome(case, read))
    return outcomes


def _states(weights: Weights, ids: np.ndarray, split: int) -> torch.Tensor:  # type: ignore[type-arg]
    some = torch.from_numpy(ids.astype(np.int64))[None]
    return read_apart(weights, some, torch.ones_like(some, dtype=torch.bool), split)


def _outcome(case: Case, read: dict[int, np.ndarray]) -> Outcome:  # type: ignore[type-arg]
    evidence, sentences = _evidence(case.texts, read)
    sums = evidence.features()[:, :3].sum(1)
    order = np.argsort(-sums, kind="stable").tolist()
    passage, start, end = case.gold
    right = [number == passage and first < end and last > start for number, first, last in sentences]
    best = order[0]
    found = evidence.short_answer(best)
    text = case.texts[sentences[best][0]].text
    offset = _offset(sentences[best][0])
    kept = trimmed(text, found.start - offset, found.end - offset) if found else None
    short = text[slice(*kept)] if kept else ""
    own = [n for n, sentence in enumerate(sentences) if sentence[0] in case.own]
    without = None
    if case.without:
        without = float(_evidence(case.without, read)[0].features()[:, :3].sum(1).max())
    return Outcome(
        any(right[n] for n in order[:1]),
        any(right[n] for n in order[:3]),
        right[max(own, key=lambda n: float(sums[n]))],
        exact_match(short, case.answers, case.language),
        f1(short, case.answers, case.language),
        _loss(case, read),
        float(sums[own].max()),
        without,
    )


def _evidence(
    texts: Sequence[Text],
    read: dict[int, np.ndarray],  # type: ignore[type-arg]
) -> tuple[SentenceEvidence, list[tuple[int, int, int]]]:
    sentences = [(n, start, end) for n, text in enumerate(texts) for start, end in text.sentences]
    evidence = SentenceEvidence(len(sentences))
    for number, text in enumerate(texts):
        inside = text.passage.sentences >= 0
        offset = _offset(number)
        logits = TokenLogits(read[id(text)][inside], text.spans[inside] + offset)
        places = [(p, s + offset, e + offset) for p, (n, s, e) in enumerate(sentences) if n == number]
        evidence.add(logits, places)
    return evidence, sentences


def _offset(number: int) -> int:
    # Passages are laid out one after another, so that offsets say which one is meant.
    return number * 100_000


def _loss(case: Case, read: dict[int, np.ndarray]) -> float:  # type: ignore[type-arg]
    gold, start, end = case.gold
    pools: list[list[float]] = [[0.0], [0.0], [0.0]]
    targets = [0.0, 0.0, 0.0]
    for number, text in enumerate(case.texts):
        logits, of = read[id(text)], text.passage.sentences
        means = [float(logits[of == n, 2].mean()) for n in range(of.max() + 1)]
        pools[0] += logits[of >= 0, 0].tolist()
        pools[1] += logits[of >= 0, 1].tolist()
        pools[2] += means
        if number == gold:
            inside = np.flatnonzero((of >= 0) & (text.spans[:, 0] < end) & (text.spans[:, 1] > start))
            if len(inside):
                targets = [logits[inside[0], 0], logits[inside[-1], 1], means[of[inside[0]]]]
    return float(np.mean([np.logaddexp.reduce(pool) - target for pool, target in zip(pools, targets, strict=True)]))


def summary(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return the means, and the AUROC of answerable against not."""
    names = ("first", "three", "within", "exact", "f1", "loss")
    figures = {name: float(np.mean([getattr(one, name) for one in outcomes])) for name in names}
    without = [one.without for one in outcomes if one.without is not None]
    labels = np.r_[np.ones(len(outcomes)), np.zeros(len(without))]
    figures["auroc"] = float(roc_auc_score(labels, np.r_[[one.score for one in outcomes], without]))
    return {name: round(value, 3) for name, value in figures.items()}


def main() -> None:
    """Read the arguments, evaluate, print one line of JSON for each set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path, help="a run's weights, or 4-bit differences")
    parser.add_argument("--xquad", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", type=int, default=SPLIT, help="how many layers read question and passage apart")
    parser.add_argument("--titles", action="store_true", help="put the article's title before its passages")
    parser.add_argument("--questions", type=int, default=120)
    arguments = parser.parse_args()
    keep_freed_memory()
    torch.set_num_threads(1)
    weights = trained_tensors(load_file(bundled_model_folder() / "model.safetensors"), arguments.weights)
    cases = Cases(arguments.titles)
    sets = {
        "xquad de": cases.of_xquad(arguments.xquad, "de", "de"),
        "xquad en-de": cases.of_xquad(arguments.xquad, "en", "de"),
        "germanquad": cases.of_germanquad(arguments.data),
    }
    for name, made in sets.items():
        began = time.process_time()
        every = list(made)
        chosen = random.Random(0).sample(every, min(arguments.questions, len(every)))
        figures = summary(evaluate(weights, cases, chosen, arguments.split))
        seconds = round(time.process_time() - began)
        print(json.dumps({"set": name, "n": len(chosen), **figures, "cpu_seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
