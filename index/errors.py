"""Everything Beleg raises on purpose.

BelegError
├── ArticleError        a text that cannot be read as an article
├── ModelError          an encoder that is missing, damaged or does not fit
├── IndexFolderError    an index folder that is incomplete, altered or foreign
├── SettingsError       a settings file that cannot be used, or does not fit the index
├── QuestionError       a question that cannot be asked
├── QuestionSetError    a file of evaluation questions that cannot be used, or does not fit its articles
├── ReportError         an evaluation's report that cannot be written, read or compared
├── ExportError         a file that is no exported conversation
├── UsersError          a file of users that cannot be used, or a user or password that it cannot take
├── LimitError          more was asked of a web chat than its limits allow
├── FeedbackError       a file of feedback that cannot be written
├── EvaluationStopped   an evaluation that was told to stop before its end
└── ExtraError          a library that an optional part of Beleg needs is not installed

Every message says what was found, what was expected and what repairs it, on one line.
"""

from __future__ import annotations


class BelegError(Exception):
    """Base of all errors that a user can cause and mend; `str(error)` is fit to be shown as it is, in English.

    Attributes:
        code: names what went wrong, the same in every language; "" where it has no name yet.
        values: what went wrong with what, by name: with the code they make the sentence in another language.
    """

    def __init__(self, message: str, code: str = "", **values: object) -> None:
        super().__init__(message)
        self.code, self.values = code, values


class ArticleError(BelegError):
    """A file or text that cannot become an Article: missing, empty, binary, wrongly encoded, a folder."""


class ModelError(BelegError):
    """An encoder model that cannot be had, or is damaged beyond what unpacking it again repairs."""


class IndexFolderError(BelegError):
    """An index folder that is incomplete, altered, or made by another encoder, splitter or format version."""


class QuestionError(BelegError):
    """A question that is empty or too long to be one."""


class SettingsError(BelegError):
    """A settings file that is missing, malformed, has an unknown field or a value out of range, or fits no index."""


class QuestionSetError(BelegError):
    """A file of evaluation questions that is missing or malformed, or does not fit its articles."""


class ExtraError(BelegError):
    """An optional part of Beleg was used without the libraries it needs."""


class ReportError(BelegError):
    """A report that cannot be written, is none, or has no question in common with the one to compare it with."""


class ExportError(BelegError):
    """A file that is no exported conversation, is malformed, too large, or of another format."""


class UsersError(BelegError):
    """A file of users that is missing, malformed or readable by others, or a user or password that it cannot take."""


class LimitError(BelegError):
    """Somebody asked, or failed to log in, more often than a web chat's limits allow.

    Attributes:
        allowed: how often a minute.
        seconds: how long to wait, at least 1.
    """

    def __init__(self, what: str, allowed: int, seconds: int) -> None:
        super().__init__(
            f"Too many {what}: {allowed} a minute. Wait {counted(seconds, 'second')}.",
            f"too-many-{what}".replace(" ", "-"),
            allowed=allowed,
            n=seconds,
        )
        self.allowed, self.seconds = allowed, seconds


class FeedbackError(BelegError):
    """A file that what users say of answers cannot be kept in."""


class EvaluationStopped(BelegError):  # noqa: N818 - like KeyboardInterrupt, it is no mistake
    """An evaluation that was told to stop before its end; there is no report of it."""


# Numbers of things, in English.


def counted(number: int, thing: str) -> str:
    """Return a number with what it counts: "1 article", "2 articles"."""
    return f"{number} {thing}{'' if number == 1 else 's'}"
