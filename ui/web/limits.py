"""How much a web chat lets anyone ask of it."""

from __future__ import annotations

from dataclasses import dataclass

from ui.web.callers import is_loopback


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a web chat; how long a question may be is among the answers' own settings (`rag.Settings`).

    Attributes:
        questions_a_minute: of one user, or where there is no login, of one session; None: as many as come.
        ratings_a_minute: thumbs and notes, of the same; each is a line in a file.
        sessions_an_address: so many times as many from one network address, which a household or a school shares:
            a program that takes a new session for each question gains little.
        waiting: how many questions may wait for their turn, whoever asked them; None: any number.
        upload_bytes: the largest upload, and the largest request at all.
        failed_logins_a_minute: of one network address, and of one user's name.
    """

    questions_a_minute: int | None = None
    ratings_a_minute: int | None = None
    sessions_an_address: int = 10
    waiting: int | None = None
    # The evaluation tab says in its own words when a file is too large for it; this holds back what no person sends.
    upload_bytes: int = 100 * 2**20
    # Who mistypes tries again two or three times; 10 a minute are 14,400 guesses a day at a password that a
    # dictionary of millions does not have.
    failed_logins_a_minute: int = 10


# Nobody else can ask: a script that asks thousands of questions in a row, from many threads, is what Beleg is for.
ALONE = Limits()
# Two cores answer about 600 short questions a minute. A person reads an answer for some seconds, so 30 hold back no
# reader, and twenty who ask all they may are still answered. 40 waiting are 20 for each of the two that are answered
# at a time: some seconds on a quiet machine, and less than a browser's patience on one ten times as slow. Who rates
# each answer, and changes their mind or adds a note, presses twice as often as they ask.
SHARED = Limits(questions_a_minute=30, ratings_a_minute=60, waiting=40)


def default_limits(host: str, login: bool) -> Limits:
    """Return the limits for a web chat that listens on this host, with or without login.

    With login on, others are meant to come in, to this machine's own address too: by way of what puts TLS in front.
    """
    return SHARED if login or not is_loopback(host) else ALONE
