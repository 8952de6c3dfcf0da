"""What would be lost where an index takes another's place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from index.article import Article
from index.counted import counted
from index.errors import IndexFolderError

NAMED = 3


def check_nothing_lost(folder: Path, articles: Sequence[Article]) -> None:
    """Raise IndexFolderError where an index folder holds articles that are not among these, as they are or edited.

    An edited article is known by its source and title together: the `README.md` of one folder is not that of another.
    """
    texts, names = {article.id for article in articles}, {(article.source, article.title) for article in articles}
    lost = [
        one.source or one.title
        for one in _articles_of(folder)
        if one.id not in texts and (one.source, one.title) not in names
    ]
    if lost:
        few = ", ".join(lost[:NAMED]) + (f" and {len(lost) - NAMED} more" if len(lost) > NAMED else "")
        raise IndexFolderError(
            f"the index {folder} has {counted(len(lost), 'article')} not among those given: {few}. It is unchanged. "
            "Expected those too, or --replace to lose them, or another --out."
        )


def _articles_of(folder: Path) -> Iterator[Article]:
    """Yield what an index folder holds, damaged or of another version too, as far as it can be read."""
    try:
        with (folder / "articles.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                yield Article(**json.loads(line))
    except (OSError, ValueError, TypeError):
        return
