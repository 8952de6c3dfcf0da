"""Where Beleg keeps what it can make again: the unpacked model and the indexes of articles asked before."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """The user's cache folder for Beleg: `$BELEG_CACHE`, or what the operating system provides for it."""
    if chosen := os.environ.get("BELEG_CACHE"):
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("beleg", appauthor=False)
