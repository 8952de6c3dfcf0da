"""The manifest of an index folder: what it was made with, and the size and sha256 of every file."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from index.atomic import standing
from index.errors import IndexFolderError
from index.input_file import read_input
from index.splitting.passages import splitter_mark
from index.stored import FILES as ARTICLE_FILES

FORMAT = "beleg-index"
# Raised whenever a folder of the version before cannot be read any more, or would give other answers.
VERSION = 5
MANIFEST = "manifest.json"
# The manifest's own sum, and what stands for it while it is counted.
_SUM = re.compile(rb'("sum": ")[0-9a-f]{64}(?=")')
NO_SUM = b"0" * 64
# The arrays that stand in the folder itself.
ARRAYS = ("sentences", "passages", "sentence_vectors", "context_vectors")
_REQUIRED = {*ARTICLE_FILES, "passages.faiss", *(f"{name}.npy" for name in ARRAYS)}


def read_manifest(folder: Path, named: Path | None = None) -> dict[str, Any]:
    """Return an index folder's manifest.

    Args:
        named: what messages call the folder; None: by its own name, and it is looked for as `standing` finds it.

    Raises:
        IndexFolderError: there is none, or it is of another format or version.
    """
    folder, named = (folder, named) if named else (standing(folder), folder)
    if not folder.is_dir():
        found = "is a file" if folder.exists() else "does not exist"
        raise IndexFolderError(
            f"{named} {found}. Expected an index folder: beleg index build FILE… --out {named}",
            "index-missing",
            folder=named,
        )
    try:
        content = read_input(folder / MANIFEST)
        manifest: dict[str, Any] = json.loads(content.decode())
        written = f"{manifest['format']} version {manifest['version']}"
        described = {name: (entry["bytes"], entry["sha256"]) for name, entry in manifest["files"].items()}
        kinds = {"counts": dict, "settings": dict, "encoder": str}
        is_complete = described.keys() >= _REQUIRED and all(isinstance(manifest[k], kinds[k]) for k in kinds)
    except FileNotFoundError:
        raise unusable(named, f"it has no {MANIFEST}") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise unusable(named, f"its {MANIFEST} cannot be read ({type(error).__name__})") from error
    if written != f"{FORMAT} version {VERSION}":
        raise unusable(named, f"it is {written}; this Beleg reads {FORMAT} version {VERSION}")
    if str(manifest.get("sum")).encode() != sum_of(content):
        raise unusable(named, f"its {MANIFEST} is not as it was written")
    if not is_complete:
        raise unusable(named, f"its {MANIFEST} does not name every file")
    if manifest.get("splitter") != splitter_mark():
        raise unusable(named, f"it was split by {manifest.get('splitter')}, this Beleg splits by {splitter_mark()}")
    return manifest


def sum_of(manifest: bytes) -> bytes:
    """Return the sha256, in hexadecimal, of a manifest's bytes with zeros in the place of its own sum."""
    return hashlib.sha256(_SUM.sub(rb"\g<1>" + NO_SUM, manifest, count=1)).hexdigest().encode()


def unusable(folder: Path, reason: str) -> IndexFolderError:
    """Return the error of an index folder that cannot be used."""
    return IndexFolderError(
        f"the index {folder} is not usable: {reason}. Rebuild it: beleg index build FILE… --out {folder}",
        "index-not-usable",
        folder=folder,
        reason=reason,
    )
