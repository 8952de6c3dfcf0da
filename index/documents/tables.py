"""Which row of a table names its columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.splitting.text_tables import header_row

# What a table is like is known from its beginning.
SAMPLE = 300
NUMBER = re.compile(r"[-+(]?[\d.,:/ %€$£-]*\d[\d.,:/ %€$£)-]*")


def names_columns(table: Sequence[Sequence[str]]) -> bool:
    """Return whether the first of a table's rows names its columns: by its looks, and unlike what stands below it."""
    if not header_row(table):
        return False
    if heads_numbers(table):
        return True
    below = table[1:SAMPLE]
    # All are words: a name of a column is not one of its values, nor numbered like them ("Row 1", "Row 2").
    return not any(
        name and any(n < len(row) and _unnumbered(row[n]) == _unnumbered(name) for row in below)
        for n, name in enumerate(table[0])
    )


def heads_numbers(table: Sequence[Sequence[str]]) -> bool:
    """Return whether numbers stand below one of the first row's words."""
    for n, name in enumerate(table[0]):
        values = [row[n] for row in table[1:SAMPLE] if n < len(row) and row[n].strip()]
        numbers = sum(NUMBER.fullmatch(value.strip()) is not None for value in values)
        if values and numbers >= 0.8 * len(values) and any(map(str.isalpha, name)):
            return True
    return False


def _unnumbered(cell: str) -> str:
    return re.sub(r"\d+", "0", cell[:200].casefold())
