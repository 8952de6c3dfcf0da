"""Stores trained weights as rag/reader/trained_reader.safetensors: 4-bit differences to the bundled weights.

    python -m training.quantise RUN/weights.safetensors… [--change BEFORE AFTER] [--out FILE]

Of several files, quantised or not, the mean is stored: halfway between what a last stage began with and what it ended
with, a network keeps most of what either knows (Wortsman et al. 2022, arXiv 2109.01903). `--change` adds what a
training changed (Ilharco et al. 2023, arXiv 2212.04089): so weights that were trained without a fold of the articles
need no run of their own on what has none of these. Prints the size and the sha256, which belongs into
rag/reader/weights.py.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from index.atomic import sha256_of
from index.models.embedded import bundled_model_folder
from index.models.transformer import mapped_tensors
from rag.reader.weights import PATH, quantise, trained_weights


def main() -> None:
    """Read, subtract, quantise, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, default=PATH)
    parser.add_argument("--change", type=Path, nargs=2, metavar=("BEFORE", "AFTER"))
    arguments = parser.parse_args()
    weights = mean_of(arguments.weights)
    if arguments.change:
        before, after = (mean_of([path]) for path in arguments.change)
        weights = {name: tensor + after[name] - before[name] for name, tensor in weights.items()}
    store(weights, arguments.out)
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1e6:.2f} MB, sha256 {sha256_of(arguments.out)}")


def mean_of(paths: Sequence[Path]) -> dict[str, np.ndarray]:  # type: ignore[type-arg]
    """Return the mean of each tensor over some files of weights."""
    encoder = mapped_tensors(bundled_model_folder() / "model.safetensors")
    read = [trained_weights(encoder, path, sha256=None) for path in paths]
    return {name: sum(one[name] for one in read) / np.float32(len(read)) for name in read[0]}


def store(
    weights: dict[str, np.ndarray],  # type: ignore[type-arg]
    path: Path,
    base: dict[str, np.ndarray] | None = None,  # type: ignore[type-arg]
) -> None:
    """Write trained weights as 4-bit differences to the bundled ones (to `base`), what is small as float16."""
    base = base or load_file(bundled_model_folder() / "model.safetensors")
    stored: dict[str, np.ndarray] = {}  # type: ignore[type-arg]
    for name, tensor in weights.items():
        if name in base and tensor.ndim == 2:
            nibbles, scales = quantise((tensor - base[name]).reshape(-1))
            stored[f"{name}.nibbles"], stored[f"{name}.scales"] = nibbles, scales
        else:
            stored[name] = tensor.astype(np.float16)
    scratch = path.with_suffix(".part")
    save_file(stored, scratch)
    scratch.replace(path)


if __name__ == "__main__":
    main()
