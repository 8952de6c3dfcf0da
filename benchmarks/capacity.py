"""What archives of other sizes need, computed from what was measured: docs/scale.md.

python -m benchmarks.capacity SCALE.json [--passages 1000000 10000000 1000000000] [--core 7.7] [--gpu 1500]

SCALE.json is what `benchmarks.scale --json` wrote. Of its largest archive the bytes and the memory of a passage are
taken as they are: each file of an index grows as the text does (articles that are kept after they were read do not).
What a question's retrieval takes is not computed. Of the vectors, which are kept as float16, it is said what they would
take as codes of 64 bytes (product quantisation, Jégou et al. 2011, doi 10.1109/TPAMI.2010.57), which FAISS has and
Beleg does not use.

--core: passages a second that one core splits, encodes with their sentences and indexes; --gpu: that a GPU would
encode. Both are to be measured (`time beleg index build`); the GPU's is an assumption where none was.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

DIMENSION = 384
# Of a passage, of a sentence alone and of one in its passage.
VECTORS_OF_SENTENCE, VECTORS_OF_PASSAGE = 2, 1
CODE = 64
GIGABYTE = 1e9
HOUR, DAY = 3600, 24
# Memory and disk of a node that can be had anywhere.
NODE_MEMORY, NODE_DISK = 64e9, 2e12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scale", type=Path)
    parser.add_argument("--passages", type=int, nargs="*", default=[10**6, 10**7, 10**9])
    parser.add_argument("--core", type=float, default=7.7)
    parser.add_argument("--gpu", type=float, default=1500)
    arguments = parser.parse_args()
    measured = json.loads(arguments.scale.read_text(encoding="utf-8"))
    largest = max(measured.values(), key=lambda one: one["made passages"])
    passages, sentences = largest["made passages"], largest["sentences"]
    each = sentences / passages
    vectors = VECTORS_OF_SENTENCE * each + VECTORS_OF_PASSAGE
    rest = largest["bytes a passage"] - vectors * DIMENSION * 2
    memory, own = (largest[name] * 1e6 / passages for name in ("asked MB", "of that its own MB"))
    print(f"measured: {passages:,} passages of {each:.1f} sentences; of {largest['bytes a passage']:,} bytes a passage")
    print(f"{rest:,.0f} are no vectors; {memory:,.0f} bytes of memory a passage once asked")
    rows = {
        "disk, GB": lambda n: n * largest["bytes a passage"] / GIGABYTE,
        f"… vectors as codes of {CODE} bytes": lambda n: n * (rest + vectors * CODE) / GIGABYTE,
        "memory once asked, GB": lambda n: n * memory / GIGABYTE,
        "… of its own, GB": lambda n: n * own / GIGABYTE,
        f"nodes of {NODE_MEMORY / GIGABYTE:.0f} GB": lambda n: max(
            n * memory / NODE_MEMORY, n * largest["bytes a passage"] / NODE_DISK
        ),
        "encoding, core days": lambda n: n / arguments.core / HOUR / DAY,
        "encoding, GPU days": lambda n: n / arguments.gpu / HOUR / DAY,
    }
    print("\n| passages | " + " | ".join(f"{n:.0e}" for n in arguments.passages) + " |")
    print("|---|" + "---|" * len(arguments.passages))
    for name, of in rows.items():
        print(f"| {name} | " + " | ".join(f"{of(n):,.{0 if of(n) >= 10 else 1}f}" for n in arguments.passages) + " |")


if __name__ == "__main__":
    main()
