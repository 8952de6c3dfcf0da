"""Everything Beleg raises on purpose.

BelegError
├── ArticleError        a text that cannot be read as an article
├── ModelError          an encoder that is missing, damaged or does not fit
├── IndexFolderError    an index folder that is incomplete, altered or foreign
└── QuestionError       a question that cannot be asked

Every message says what was found, what was expected and what repairs it, on one line.
"""

from __future__ import annotations


class BelegError(Exception):
    """Base of all errors that a user can cause and mend; `str(error)` is fit to be shown as it is."""


class ArticleError(BelegError):
    """A file or text that cannot become an Article: missing, empty, binary, wrongly encoded, a folder."""


class ModelError(BelegError):
    """An encoder model that cannot be had, or is damaged beyond what unpacking it again repairs."""


class IndexFolderError(BelegError):
    """An index folder that is incomplete, altered, or made by another encoder, splitter or format version."""


class QuestionError(BelegError):
    """A question that is empty or too long to be one."""
