"""Beleg beside LangChain with FAISS, LlamaIndex and txtai: indexing, retrieving, and whether what comes first answers.

    python -m venv PEERS; PEERS/bin/pip install torch==2.13.0 "sentence-transformers>=6.2,<7" faiss-cpu \
        langchain-community langchain-huggingface txtai llama-index-core llama-index-embeddings-huggingface
    python -m benchmarks.peers DATA --peers PEERS/bin/python [--rounds 3] [--questions 200]

All have the same 24 articles and questions (DATA/de.json, XQuAD-R's development half) and the same encoder: the folder
of the embedded model, in float32 by sentence-transformers, with its prompts; Beleg runs it in its own runtime. Chunks
are as the peers' first steps have them: 1,000 characters with 200 in common (LangChain's splitter, used for txtai too),
256 tokens (LlamaIndex). txtai searches hybrid, the others by vectors. Each is a process of its own, one after the other
in each round; medians over the rounds, and ratios to LangChain's. "first" and "in three": how many of the questions
have their answer's words in the first hit, or in one of the first three. Beleg's hits are sentences: of these, the
passage around counts, of at most 256 tokens; "sentence" is how many have them in the first sentence itself.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SYSTEMS = ("beleg", "langchain", "llamaindex", "txtai")
QUERY, PASSAGE = "query: ", "passage: "
CHUNK, OVERLAP, CHUNK_TOKENS = 1000, 200, 256
K = 3
# Both are given: what finds hits, which is timed, and what says what stands in the chunk of one.
Search = tuple[Callable[[str], list[Any]], Callable[[Any], str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--peers", type=Path, help="the Python of an environment that has them")
    parser.add_argument("--systems", nargs="*", default=SYSTEMS, choices=SYSTEMS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--one", choices=SYSTEMS, help=argparse.SUPPRESS)
    parser.add_argument("--encoder", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measured(arguments.one, arguments.data, arguments.questions, arguments.encoder)))
        return
    from index.models.embedded import bundled_model_folder

    found: dict[str, list[dict[str, float]]] = {}
    for _ in range(arguments.rounds):
        for system in arguments.systems:
            python = sys.executable if system == "beleg" else str(arguments.peers)
            command = [python, __file__, str(arguments.data), "--one", system, "--questions", str(arguments.questions)]
            command += ["--encoder", str(bundled_model_folder())]
            printed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1])
            found.setdefault(system, []).append(json.loads(printed.stdout.splitlines()[-1]))
    columns = ("index s", "ratio", "search ms", "ratio", "peak MB", "first", "in three", "sentence")
    print(f"{'':12}" + "".join(f"{name:>10}" for name in columns))
    medians = {
        name: {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
        for name, rounds in found.items()
    }
    base = medians.get("langchain", next(iter(medians.values())))
    for name, one in medians.items():
        to_base = [one[key] / base[key] for key in ("index", "search")]
        row = [f"{one['index']:.1f}", f"{to_base[0]:.2f}", f"{one['search']:.1f}", f"{to_base[1]:.2f}"]
        row += [f"{one['peak']:.0f}", f"{one['first']:.3f}", f"{one['in three']:.3f}"]
        row += [f"{one['sentence']:.3f}"] if one["sentence"] else []
        print(f"{name:12}" + "".join(f"{cell:>10}" for cell in row))


def measured(system: str, data: Path, most: int, encoder: str) -> dict[str, float]:
    """Return what a system takes and finds, the model loaded before the time runs."""
    import resource

    articles, asked = read(data / "de.json")
    step = max(1, len(asked) // most)
    asked = asked[::step][:most]
    opened = OPENERS[system](encoder)
    begun = time.perf_counter()
    search, text_of = opened(articles)
    indexed = time.perf_counter() - begun
    for question, _ in asked[:10]:
        search(question)
    taken, first, three, sentence = [], 0, 0, 0
    for question, answer in asked:
        begun = time.perf_counter()
        hits = search(question)
        taken.append(1000 * (time.perf_counter() - begun))
        first += answer in text_of(hits[0])
        three += any(answer in text_of(hit) for hit in hits[:K])
        sentence += answer in getattr(hits[0], "text", "")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return {
        "index": indexed,
        "search": statistics.median(taken),
        "peak": peak,
        "first": first / len(asked),
        "in three": three / len(asked),
        "sentence": sentence / len(asked) if system == "beleg" else 0.0,
    }


def read(path: Path) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Return the articles by title, and the questions with their answers."""
    articles, asked = {}, []
    for entry in json.loads(path.read_text(encoding="utf-8"))["data"]:
        paragraphs = entry["paragraphs"]
        articles[entry["title"]] = "\n\n".join(one["context"] for one in paragraphs)
        asked += [(qa["question"], qa["answers"][0]["text"]) for one in paragraphs for qa in one["qas"]]
    return articles, asked


def open_beleg(encoder: str) -> Callable[[dict[str, str]], Search]:
    """Return what indexes articles with Beleg, and gives its search."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from index import Article, build_index
    from index.models.embedded_encoder import open_encoder
    from rag import Assistant

    opened = open_encoder()
    opened.encode_passages(["Die ersten Wörter laden das Modell."])

    def indexed(articles: dict[str, str]) -> Search:
        read = [Article.read(text, title=title, language="de") for title, text in articles.items()]
        assistant = Assistant(build_index(read, opened), opened)
        index = assistant.index

        def passage(hit: Any) -> str:
            row = int(index.first_rows[index.article_rows[hit.article_id]]) + hit.sentence_index
            _, first, last = next(one for one in index.passages.tolist() if one[1] <= row <= one[2])
            start, end = int(index.sentences[first, 1]), int(index.sentences[last, 2])
            return str(assistant.article(hit.article_id).text[start:end])

        return lambda question: list(assistant.retrieve(question, K)), passage

    return indexed


def open_langchain(encoder: str) -> Callable[[dict[str, str]], Search]:
    """Return what indexes articles with LangChain and FAISS, and gives its similarity_search."""
    from langchain_community.vectorstores import FAISS
    from langchain_huggingface import HuggingFaceEmbeddings

    embeddings = HuggingFaceEmbeddings(
        model_name=encoder,
        encode_kwargs={"normalize_embeddings": True, "prompt": PASSAGE},
        query_encode_kwargs={"normalize_embeddings": True, "prompt": QUERY},
    )
    embeddings.embed_query("Die ersten Wörter laden das Modell.")

    def indexed(articles: dict[str, str]) -> Search:
        store = FAISS.from_texts(chunks(articles), embeddings)
        return lambda question: store.similarity_search(question, k=K), lambda hit: str(hit.page_content)

    return indexed


def open_llamaindex(encoder: str) -> Callable[[dict[str, str]], Search]:
    """Return what indexes articles with LlamaIndex in memory, and gives its retriever's search."""
    from llama_index.core import Document, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    embedding = HuggingFaceEmbedding(
        model_name=encoder, query_instruction=QUERY, text_instruction=PASSAGE, device="cpu"
    )
    embedding.get_query_embedding("Die ersten Wörter laden das Modell.")

    def indexed(articles: dict[str, str]) -> Search:
        documents = [Document(text=text, metadata={"title": title}) for title, text in articles.items()]
        splitter = SentenceSplitter(chunk_size=CHUNK_TOKENS, chunk_overlap=20)
        made = VectorStoreIndex.from_documents(documents, embed_model=embedding, transformations=[splitter])
        retriever = made.as_retriever(similarity_top_k=K)
        return retriever.retrieve, lambda hit: str(hit.node.get_content())

    return indexed


def open_txtai(encoder: str) -> Callable[[dict[str, str]], Search]:
    """Return what indexes articles with txtai, sparse and dense, and gives its search."""
    from txtai import Embeddings

    made = Embeddings(
        path=encoder, hybrid=True, content=True, instructions={"query": QUERY, "data": PASSAGE}, gpu=False
    )

    def indexed(articles: dict[str, str]) -> Search:
        made.index(chunks(articles))
        return lambda question: list(made.search(question, K)), lambda hit: str(hit["text"])

    return indexed


def chunks(articles: dict[str, str]) -> list[str]:
    """Return the articles' texts as LangChain's splitter cuts them."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK, chunk_overlap=OVERLAP)
    return [chunk for text in articles.values() for chunk in splitter.split_text(text)]


OPENERS: dict[str, Any] = {
    "beleg": open_beleg,
    "langchain": open_langchain,
    "llamaindex": open_llamaindex,
    "txtai": open_txtai,
}


if __name__ == "__main__":
    main()
