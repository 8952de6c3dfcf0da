"""Stores trained weights as rag/reader/trained_reader.safetensors: 4-bit differences to the bundled weights.

    python -m training.quantise RUN/weights.safetensors [--out FILE]

Prints the size and the sha256, which belongs into rag/reader/weights.py.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from index.atomic import sha256_of
from index.models.embedded import bundled_model_folder
from rag.reader.weights import PATH, quantise


def main() -> None:
    """Read, subtract, quantise, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--out", type=Path, default=PATH)
    arguments = parser.parse_args()
    store(load_file(arguments.weights), arguments.out)
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1e6:.2f} MB, sha256 {sha256_of(arguments.out)}")


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
