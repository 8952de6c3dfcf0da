"""The libraries that only evaluating needs: the extra `eval`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from index.errors import ExtraError


@contextmanager
def eval_extra() -> Iterator[None]:
    """Say what to install where a library imported within this is missing.

    Raises:
        ExtraError: it is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise ExtraError(
            f"{error.name} is not installed. Expected the libraries that evaluating needs; "
            "install them: pip install 'beleg[eval]'"
        ) from error
