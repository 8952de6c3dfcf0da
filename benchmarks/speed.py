"""Warm and cold answers, as ratios to something in the same run.

python -m benchmarks.speed [--json OUT]

Warm: `Assistant.ask` with the embedding reader on the bundled article against one bare forward pass of the same
question through the encoder's transformer, alternating. Readers: `ask` with the trained reader against the embedding
reader, alternating; what each stage takes; what the trained one adds to loading and to memory. Cold: `beleg ask` from
start to the printed answer, against `python -c "import sentence_transformers"`, alternating; the model is unpacked
before. Threads: a question's forward pass on one thread and on all, with nothing else running and beside a process
that keeps one core busy. Follow-ups: the first question of each bundled dialogue, and the one after it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from index.models.embedded import bundled_model_folder
from rag import Assistant, Turn
from rag.evaluation.formats import read_question_set
from rag.settings import Settings

WARM_ROUNDS = 5
COLD_ROUNDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    out = parser.parse_args().json
    figures = {**_warm(), **_readers(), **_follow_ups(), **_threads(), **_cold()}
    for name, value in figures.items():
        print(f"{name:40} {value:.3f}")
    if out:
        out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _warm() -> dict[str, float]:
    import torch
    from sentence_transformers import SentenceTransformer

    assistant = Assistant.open(settings=Settings(reader="embedding"))
    model = SentenceTransformer(str(bundled_model_folder()), device="cpu")
    questions = [question.text for question in read_question_set(None).questions if not question.earlier]
    asked, bare, ratios = [], [], []
    for _ in range(WARM_ROUNDS):
        for question in questions:
            features = model.tokenizer(["query: " + question], return_tensors="pt")
            started = time.perf_counter()
            with torch.inference_mode():
                model[0].model(input_ids=features["input_ids"], attention_mask=features["attention_mask"])
            between = time.perf_counter()
            assistant.ask(question)
            ended = time.perf_counter()
            bare.append(between - started)
            asked.append(ended - between)
            ratios.append((ended - between) / (between - started))
    return {
        "warm ask, p50 ms": 1000 * statistics.median(asked),
        "bare forward pass, p50 ms": 1000 * statistics.median(bare),
        "ratio of the medians": statistics.median(asked) / statistics.median(bare),
        "median of the ratios": statistics.median(ratios),
    }


def _readers() -> dict[str, float]:
    import resource

    from index.models.embedded_encoder import open_encoder
    from rag.reader.trained import passage_reader

    embedding = Assistant.open(settings=Settings(reader="embedding"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    passage_reader(open_encoder())
    loading = time.perf_counter() - started
    trained = Assistant.open()
    questions = [question.text for question in read_question_set(None).questions if not question.earlier]
    took: dict[str, list[float]] = {"embedding": [], "trained": [], "retrieval": [], "reading": [], "answering": []}
    for _ in range(WARM_ROUNDS):
        for question in questions:
            started = time.perf_counter()
            embedding.ask(question)
            took["embedding"].append(time.perf_counter() - started)
            times = [time.perf_counter()]
            for event in trained.stream(question):
                if event.kind != "text":
                    times.append(time.perf_counter())
            took["trained"].append(times[-1] - times[0])
            for stage, start, end in zip(("retrieval", "reading", "answering"), times, times[1:], strict=False):
                took[stage].append(end - start)
    added = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    medians = {f"{stage}, p50 ms": 1000 * statistics.median(values) for stage, values in took.items()}
    return medians | {
        "trained over embedding": statistics.median(took["trained"]) / statistics.median(took["embedding"]),
        "trained, p95 ms": 1000 * statistics.quantiles(took["trained"], n=20)[-1],
        "loading the trained reader, ms": 1000 * loading,
        "memory added at its peak, MB": added,
    }


def _follow_ups() -> dict[str, float]:
    assistant = Assistant.open()
    dialogues = [question for question in read_question_set(None).questions if question.earlier]
    first, following = [], []
    for _ in range(WARM_ROUNDS):
        for dialogue in dialogues:
            started = time.perf_counter()
            answer = assistant.ask(dialogue.earlier[0])
            between = time.perf_counter()
            assistant.ask(dialogue.text, [Turn(dialogue.earlier[0], answer)])
            first.append(between - started)
            following.append(time.perf_counter() - between)
    return {
        "first question, p50 ms": 1000 * statistics.median(first),
        "its follow-up, p50 ms": 1000 * statistics.median(following),
        "follow-up over first": statistics.median(following) / statistics.median(first),
    }


def _threads() -> dict[str, float]:
    import torch
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(bundled_model_folder()), device="cpu")
    all_threads = torch.get_num_threads()
    features = model.tokenizer(["query: Wann trafen sich Yoon und Kishida zuletzt?"], return_tensors="pt")
    figures = {}
    for where in ("quiet", "one core busy"):
        busy = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if where != "quiet" else None
        for threads in (1, all_threads):
            torch.set_num_threads(threads)
            took = []
            for _ in range(100):
                started = time.perf_counter()
                with torch.inference_mode():
                    model[0].model(input_ids=features["input_ids"], attention_mask=features["attention_mask"])
                took.append(time.perf_counter() - started)
            figures[f"forward, {threads} threads, {where}, p50 ms"] = 1000 * statistics.median(took)
        if busy:
            busy.kill()
            busy.wait()
    return figures


def _cold() -> dict[str, float]:
    ask = [str(Path(sys.executable).with_name("beleg")), "ask", "Wann trafen sich Yoon und Kishida zuletzt?"]
    bare = [sys.executable, "-c", "import sentence_transformers; print('imported', flush=True)"]
    _seconds_to_output(ask)
    asked, imported = [], []
    for _ in range(COLD_ROUNDS):
        imported.append(_seconds_to_output(bare))
        asked.append(_seconds_to_output(ask))
    return {
        "cold beleg ask, median s": statistics.median(asked),
        "import sentence_transformers, median s": statistics.median(imported),
        "cold ratio": statistics.median(asked) / statistics.median(imported),
    }


def _seconds_to_output(command: list[str]) -> float:
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        return time.perf_counter() - started


if __name__ == "__main__":
    main()
