"""Every error that Beleg raises on purpose. A message says what was found, what was expected and what repairs it."""

from __future__ import annotations


class BelegError(Exception):
    """Base of all errors that a user can cause and repair; `str(error)` is one line of English, fit to be shown.

    Attributes:
        code: names the kind of error, in every language alike; "" for an error without a name.
        values: the facts of this error by name; with the code they make the sentence in another language.
    """

    def __init__(self, message: str, code: str = "", **values: object) -> None:
        super().__init__(message)
        self.code, self.values = code, values


class ArticleError(BelegError):
    """A file or text that cannot become an Article: missing, empty, binary, wrongly encoded, a folder."""


class ModelError(BelegError):
    """A model that is not available, or is damaged and not repaired by unpacking it again."""


class IndexFolderError(BelegError):
    """An index folder that is incomplete, altered, or made by another encoder, splitter or format version."""


class ServedIndexError(IndexFolderError):
    """The same of an index on a server; or the server is not reachable, or refuses."""


class ClusterError(BelegError):
    """A Ray cluster that cannot be reached or used, or does not go on."""


class QuestionError(BelegError):
    """A question that is empty or too long."""


class SettingsError(BelegError):
    """A settings file that is missing or malformed, or settings that do not fit the index."""


class QuestionSetError(BelegError):
    """A file of evaluation questions that is missing or malformed, or does not fit its articles."""


class ExtraError(BelegError):
    """An optional part of Beleg was used without the libraries it needs."""


class LLMError(BelegError):
    """An LLM that does not answer: not there, too slow, refusing, broken, or none at all."""


class ReportError(BelegError):
    """A report that cannot be written or read, or shares no question with the one to compare it with."""


class ExportError(BelegError):
    """A file that is not an exported conversation, is malformed, too large, or of another format."""


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
    """A file that feedback cannot be written to."""


class EvaluationStopped(BelegError):  # noqa: N818 - like KeyboardInterrupt, it reports no mistake
    """An evaluation that was stopped before its end; it has no report."""


def counted(number: int, thing: str) -> str:
    """Return a number and what it counts, in English: "1 article", "2 articles"."""
    return f"{number} {thing}{'' if number == 1 else 's'}"
