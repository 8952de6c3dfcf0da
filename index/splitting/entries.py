"""Entries of a chat, log, transcript or form in a text: lines that begin with a time or a key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from index.place import Block
from index.splitting.text_tables import Line

TIME = re.compile(
    r"[\u200e\u200f]?[\[(<]?(?:\d{1,4}[./-]\d{1,2}[./-]\d{2,4}[,T\s]*)?(?:\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?:\s?[ap]\.?m\.?)?)[\])>]?\s*\S"
    r"|[\u200e\u200f]?[\[(<]?(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{2}-\d{2})[\])>,]?[\s:–-]+\S"
    # "ab 18 Uhr Tanz", "5 pm: dinner".
    r"|(?:(?:ab|bis|gegen|um|from|until|at|dès|à)\s)?\d{1,2}(?:[.:]\d{2})?\s?(?:Uhr|[ap]\.?m\b\.?)[\s:,–-]+\S"
    # "2012 – 2015 Engineer", "since 2015: …".
    r"|(?:(?:\d{1,2}[./])?(?:19|20)\d\d\s*[–—-]\s*(?:(?:\d{1,2}[./])?(?:19|20)\d\d|heute|jetzt|today|present|now)|"
    r"(?:seit|since|depuis)\s(?:19|20)\d\d):?\s+\S",
    re.IGNORECASE,
)
_TITLED = r"(?:(?:Mr|Mrs|Ms|Dr|Prof|St|Hr|Fr)\.\s?)?"
# A full stop within a key ends an abbreviation: "MwSt. 19 %: 4,20 €".
KEY = re.compile(
    rf"[>\-•*\s]*{_TITLED}[^\W\d_](?:[^:：.!?|\n]|(?<=[a-z])\.(?=\s[\d(a-z])){{0,40}}(?::[^\S\n]+|：\s*)\S"
)
# Of a play: "GRAF (angry). Who has done that?"
SPEAKER = re.compile(r"[A-ZÄÖÜÀ-Þ]{2}[A-ZÄÖÜÀ-Þ' -]{0,30}(?:\s\([^()\n]{1,80}\))?\.\s")
_KEY_WORDS = 5
CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?:\s?[AaPp]\.?[Mm]\.?)?"
_DATE = r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|[A-ZÄ][a-zä]{2}\.?\s+\d{1,2})"
# What begins an entry beyond doubt: a date and time, a time in brackets, a time or "Name (time)" by itself.
STAMP = re.compile(
    rf"[\u200e\u200f]?(?:[\[(<]?{_DATE}[,T\s]+(?:um |at )?{CLOCK}(?![\w])|[\[(<]{CLOCK}[\])>]|{CLOCK}$"
    # Blanks are taken possessively: a line of them is looked at once, not once for each way to share them out.
    rf"|{_TITLED}[^\W\d_][^:.!?|\n]{{0,40}}(?:\s*+[\[(]{CLOCK}[\])]\s*(?::|$)"
    rf"|(?:\s*+[,|—–-]\s*+|\s++)(?:(?:today|yesterday|heute|gestern)(?: at| um)?[ ,]\s*)?{CLOCK}(?: Uhr)?$))",
    re.IGNORECASE,
)
# Between the time and what is said: "] Jonas: ", " - Jonas: ".
_SPEAKS = re.compile(r"[\])>]?\s*(?:[-–—]\s*)?([^\s:][^:\n]{0,40}):[^\S\n]+(?=\S)")
CUE_TIME = re.compile(r"(?:\d+:)?\d{2}:\d{2}[.,]\d{3}\s+-->\s+(?:\d+:)?\d{2}:\d{2}[.,]\d{3}\b.*")
BARE_KEY = re.compile(r"[^\W\d_][^:.!?|\n]{0,30}:")
# A single line with a time is an entry if it is no longer, or ends no sentence.
_ONE_LINE = 80


def is_cue(lines: list[Line]) -> bool:
    """Return whether lines are a subtitle: perhaps a number, then times, then text."""
    return any(
        CUE_TIME.fullmatch(lines[at].words) and len(lines) > at + 1 and (at == 0 or lines[0].words.isdecimal())
        for at in range(min(2, len(lines)))
    )


def are_entries(lines: Sequence[Line]) -> bool:
    """Return whether lines begin with a time or a key ("Name: value", a speaker), the first and most of the others."""
    if not begins_entry(lines[0].words):
        return False
    if STAMP.match(lines[0].words):
        # Others may be of several lines, as messages and errors in a log are.
        stamped = sum(STAMP.match(line.words) is not None for line in lines)
        if len(lines) == 1 or stamped >= max(2, 0.25 * len(lines)):
            return len(lines) > 1 or lines[0].words[-1:].isalnum() or len(lines[0].words) <= _ONE_LINE
    if len(lines) < 2:
        return False
    return sum(begins_entry(line.words) for line in lines) >= max(2, 0.6 * len(lines))


def begins_entry(line: str) -> bool:
    """Return whether a line begins with a time, or with a key of a few words: "Name: value"."""
    return bool(TIME.match(line) or STAMP.match(line) or SPEAKER.match(line) or key_of(line))


def key_of(line: str) -> str:
    """Return the key of a line with one, of a few words: "Name" of "Name: value"; else ""."""
    key = re.split(r"[:：]", line, maxsplit=1)[0].strip() if KEY.match(line) else ""
    return key if len(key.split()) <= _KEY_WORDS else ""


def begins_message(text: str) -> bool:
    """Return whether an entry's first line has a time, so that what stands below it, apart, may be part of it."""
    return STAMP.match(text.split("\n", 1)[0]) is not None


def said_from(text: str) -> int:
    """Return where what somebody says begins in an entry with a time and a speaker, "[12.05.24, 18:03] Jonas: …".

    That is an offset into the entry; 0 for any other, such as a chat's own "Jonas joined".
    """
    stamp = STAMP.match(text)
    if not stamp or not text[stamp.end() :].strip():
        return 0
    if stamp.group().endswith(":"):
        return stamp.end() + len(text[stamp.end() :]) - len(text[stamp.end() :].lstrip())
    speaks = _SPEAKS.match(text, stamp.end())
    return speaks.end() if speaks and len(speaks[1].split()) <= _KEY_WORDS else 0


def entries(lines: Sequence[Line]) -> Iterator[Block]:
    """Yield a block for each entry of lines: from the line that begins it to the next one's."""
    start = lines[0].start
    # In a chat with times, "no: …" goes on with a message.
    stamped = STAMP.match(lines[0].words) is not None and sum(bool(STAMP.match(n.words)) for n in lines) > 1
    for before, line in pairwise(lines):
        if STAMP.match(line.words) if stamped else begins_entry(line.words) or BARE_KEY.fullmatch(line.words):
            yield Block("line", start, before.end)
            start = line.start
    yield Block("line", start, lines[-1].end)
