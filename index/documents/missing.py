"""What a name may have been meant as that is no file: another file of its folder, a web page, several files."""

from __future__ import annotations

import os
import re
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from shlex import quote

from index.errors import ArticleError

# Of a folder's names so many are compared: difflib takes about 20 µs a name.
_MOST_NAMES = 20_000
# A name with its ending: "minuts.md" and "minutes.md" have 0.95, "a.md" and "b.md" 0.75.
_ALIKE = 0.76
_HOST = re.compile(r"(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?::\d{1,5})?(?:[/?#]\S*)?", re.IGNORECASE)


def missing(path: Path, endings: tuple[str, ...]) -> ArticleError:
    """Return the error for a document that does not exist, with what its name may have been meant as.

    Args:
        endings: those of the formats that are read.
    """
    if str(path) == "-":
        said = "standard input is not read as a document. Expected a file; write it into one first: … > notes.txt"
    else:
        said = f"{path} does not exist. Expected a document; {_hint(path, endings)}"
    return ArticleError(said, "article-missing", path=path)


def _hint(path: Path, endings: tuple[str, ...]) -> str:
    name = str(path)
    parts = [part.strip() for part in name.split(",")]
    if len(parts) > 1 and all(parts) and any(map(os.path.exists, parts)):
        return f"give each by itself: {' '.join(f'-a {quote(part)}' for part in parts)}"
    if found := _alike(path):
        return f"did you mean {path.parent / found}?"
    if _HOST.fullmatch(name) and not name.lower().endswith(endings):
        return f"for a web page write https://{name}"
    return "check the name."


def _alike(path: Path) -> str:
    """Return the name in a missing file's folder that is most like its own, "" where none is."""
    try:
        with os.scandir(path.parent) as entries:
            names = {entry.name.casefold(): entry.name for entry in islice(entries, _MOST_NAMES)}
    except OSError:
        return ""
    wanted = path.name.casefold()
    # A name without its ending, or with another one.
    stems = {Path(name).stem: name for name in sorted(names, reverse=True)}
    near = get_close_matches(wanted, sorted(names), n=1, cutoff=_ALIKE)
    found = near[0] if near else stems.get(wanted) or stems.get(Path(wanted).stem)
    return names[found] if found else ""
