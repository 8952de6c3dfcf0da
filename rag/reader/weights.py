"""The trained reader's weights on disk: 4-bit differences to the encoder's own weights.

Blocks of 32 weights share a float16 scale, as in the encoder's own file; small tensors (biases, norms, heads) are
float16. training/quantise.py writes the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.errors import ModelError

PATH = Path(__file__).with_name("trained_reader.safetensors")
SHA256 = "4be6b8e4a1bedcb7719d654d1b0c754445cdb96d22a0ac7c505817a896789992"
BLOCK = 32
_REPAIR = "Repair it by installing Beleg again, or answer without it: set reader to 'embedding' in the settings."


def trained_weights(
    encoder: Mapping[str, npt.NDArray[np.float32]], path: Path = PATH, sha256: str | None = SHA256
) -> dict[str, npt.NDArray[np.float32]]:
    """Return the trained tensors by name.

    Args:
        encoder: its tensors, by their names in a BertModel; the file holds differences to these.
        sha256: of the file expected; None for any.

    Raises:
        ModelError: the file is missing or not the one that came with Beleg.
    """
    from safetensors.numpy import load

    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"{path} cannot be read ({error.strerror}). {_REPAIR}",
            "reader-unreadable",
            path=path,
            reason=error.strerror,
        ) from error
    if sha256 and (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise ModelError(
            f"{path} has sha256 {found[:12]}…, expected {sha256[:12]}…. {_REPAIR}",
            "reader-altered",
            path=path,
            found=found[:12],
            expected=sha256[:12],
        )
    stored = load(content)
    tensors = {}
    for name, values in stored.items():
        if name.endswith(".scales"):
            continue
        if name.endswith(".nibbles"):
            name = name.removesuffix(".nibbles")
            tensors[name] = dequantise(values, stored[f"{name}.scales"]).reshape(encoder[name].shape) + encoder[name]
        else:
            tensors[name] = values.astype(np.float32)
    return tensors


def quantise(values: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float16]]:
    """Return nibbles, two to a byte, shape (n / 2,), and scales, shape (n / BLOCK,), of n values.

    Of several scales the one with the smallest error is chosen: the largest value need not be exact.
    """
    blocks = values.reshape(-1, BLOCK).astype(np.float32)
    extreme = np.take_along_axis(blocks, np.abs(blocks).argmax(1)[:, None], 1)
    best = np.zeros_like(extreme)
    least = np.full_like(extreme, np.inf)
    for share in (1.0, 0.93, 0.86, 0.79, 0.72, 0.65):
        scales = (extreme * share / -8).astype(np.float16).astype(np.float32)
        made = scales * np.clip(np.round(_over(blocks, scales)), -8, 7)
        error = ((made - blocks) ** 2).sum(1, keepdims=True)
        best, least = np.where(error < least, scales, best), np.minimum(error, least)
    nibbles = (np.clip(np.round(_over(blocks, best)), -8, 7) + 8).astype(np.uint8)
    packed = nibbles[:, :16] + nibbles[:, 16:] * np.uint8(16)
    return packed.reshape(-1).astype(np.uint8), best[:, 0].astype(np.float16)


def dequantise(nibbles: npt.NDArray[np.uint8], scales: npt.NDArray[np.float16]) -> npt.NDArray[np.float32]:
    """Return the values that `quantise` stored, flat."""
    packed = nibbles.reshape(-1, BLOCK // 2)
    values: npt.NDArray[np.float32] = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.float32)
    np.subtract(values, 8, out=values)
    np.multiply(values, scales[:, None], out=values)
    return values.reshape(-1)


def _over(blocks: npt.NDArray[np.float32], scales: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    divisors = np.where(scales == 0, np.float32(1), scales).astype(np.float32)
    divided: npt.NDArray[np.float32] = np.divide(blocks, divisors, dtype=np.float32)
    return divided
