"""A curve drawn with characters, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

WIDEST = 60
# The scale on the left, and the line beside it.
_SCALE = 7
_HEIGHT = 11


def plot_lines(
    points: Sequence[tuple[float, float]], wish: float, chosen: tuple[float, float], width: int = WIDEST + _SCALE
) -> Iterator[str]:
    """Yield the lines of a plot of precision over what is answered.

    Args:
        points: (answered, precision), both 0 to 1.
        wish: a precision to draw a line at.
        chosen: the point to mark.
        width: of the lines, in characters, at most.
    """
    columns = min(WIDEST, max(20, width - _SCALE))
    # Eleven rows make round steps of either.
    low = 0.5 if min(precision for _, precision in (*points, chosen)) >= 0.5 else 0.0
    rows = [[" "] * columns for _ in range(_HEIGHT)]

    def put(answered: float, precision: float, mark: str) -> None:
        row = round((1 - precision) / (1 - low) * (_HEIGHT - 1))
        rows[row][round(answered * (columns - 1))] = mark

    if wish >= low:
        for column in range(0, columns, 2):
            put(column / (columns - 1), wish, "-")
    for point in points:
        put(*point, "·")
    put(*chosen, "◆")
    for number, row in enumerate(rows):
        precision = 1 - number * (1 - low) / (_HEIGHT - 1)
        yield f"{precision:5.0%} │{''.join(row).rstrip()}"
    yield f"      └{'─' * columns}"
    yield f"       0 %{'answered':^{columns - 8}}100 %"
