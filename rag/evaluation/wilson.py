"""The interval of a share."""

from __future__ import annotations

import math

from rag.evaluation.report import Figure


def wilson(hits: int, n: int) -> Figure:
    """Return a share with its 95 % interval (Wilson 1927), which has a width where all or none of a few are hits."""
    z, share = 1.959964, hits / n
    middle, half = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return Figure(share, max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale), n)
