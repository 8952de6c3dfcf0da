"""Five pairs of languages on XQuAD-R's development half, one line each, as `beleg eval` measures them.

python -m benchmarks.retrieval DATA [--reader embedding] [--json OUT]

DATA is the folder with de.json, en.json, es.json, zh.json. Each question is asked of its article, and again of the same
without the paragraph that answers it; for "collection" figures, of all articles together. The fusion and the embedding
reader were fitted on these articles and the trained reader was trained on them last, so that its figures here say
nothing of others: benchmarks.fit and benchmarks.reading report cross-validated ones.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from rag.evaluation import evaluate, read_question_set
from rag.evaluation.report import Figure
from rag.settings import Settings

PAIRS = [("de", "de"), ("en", "en"), ("es", "es"), ("zh", "zh"), ("en", "de")]
OF_ARTICLE = ("hit@1", "hit@3", "hit@5", "RR", "right", "precision", "answered", "refused", "AUROC", "ECE")
OF_COLLECTION = ("hit@1", "passage hit@1", "passage nDCG@10", "article hit@1")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--reader", choices=["trained", "embedding"], default="trained")
    arguments = parser.parse_args()
    results = measure(arguments.data, Settings(reader=arguments.reader))
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def measure(data: Path, settings: Settings) -> dict[str, dict[str, list[float]]]:
    """Return value, low and high of each figure of each pair, and print them."""
    results = {}
    for asked_in, written_in in PAIRS:
        file = data / f"{written_in}.json"
        other = data / f"{asked_in}.json" if asked_in != written_in else None
        alone = evaluate(read_question_set(file, twins=True, questions_from=other), settings=settings).summary
        together = evaluate(
            read_question_set(file, questions_from=other), scope="collection", settings=settings
        ).summary
        figures = {name: alone[name] for name in OF_ARTICLE}
        figures |= {f"collection {name}": together[name] for name in OF_COLLECTION}
        pair = f"{asked_in}→{written_in}"
        print(pair, "  ".join(f"{name} {_said(some)}" for name, some in figures.items()), flush=True)
        results[pair] = {name: [some.value, some.low, some.high] for name, some in figures.items()}
    return results


def _said(figure: Figure) -> str:
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"


if __name__ == "__main__":
    main()
