"""The words of `beleg ask`: which are the question, and which name documents.

A shell puts all files that a wildcard stands for where it stood: of `ask -a *.md "when?"` the first is the option's
value, and the others come among the words.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from index.documents.files import SUFFIXES, is_url
from index.errors import QuestionError


def is_in_quotes(words: Sequence[str]) -> bool:
    """Return whether a question is one word with blanks in it, as it comes from a shell that saw quotes."""
    return any(any(map(str.isspace, word.strip())) for word in words)


def told_apart(words: Sequence[str], articles: Sequence[str]) -> tuple[str, list[str]]:
    """Return the question, and the documents that are named before or behind it.

    A question in quotes is one word with blanks in it: then any file beside it is a document. The words of a question
    without quotes are often the names of folders ("docs"): there only what looks like a path is one.

    Args:
        words: as the shell gave them.
        articles: the documents that options name; where there are none, a path that does not exist is one too, so that
            it is complained of.

    Raises:
        QuestionError: all words are documents.
    """
    is_quoted = is_in_quotes(words)

    def is_document(word: str) -> bool:
        if is_url(word):
            return True
        looks_like_path = Path(word).suffix != "" or os.sep in word.strip(os.sep)
        # Path.exists raises an error for a question that is longer than a name may be.
        if os.path.exists(word):  # noqa: PTH110
            return is_quoted or (looks_like_path and not word.endswith("."))
        return word.lower().endswith(SUFFIXES) and (is_quoted or not articles) and not any(map(str.isspace, word))

    first, last = 0, len(words)
    while first < last and is_document(words[first]):
        first += 1
    while last > first and is_document(words[last - 1]):
        last -= 1
    documents = [*words[:first], *words[last:]]
    if first == last and documents:
        raise QuestionError(
            f"there is no question, only {', '.join(documents)}. Expected one: "
            f'beleg ask "What is it about?" -a {documents[0]}'
        )
    return " ".join(words[first:last]), documents
