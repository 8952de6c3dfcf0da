"""Subtitles and captions, SRT and WebVTT → an Article whose words have their time."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from html import unescape
from typing import NamedTuple

from index.article import Article, normalise
from index.documents.builder import ArticleBuilder, title_from_name
from index.documents.text import decode
from index.errors import ArticleError
from index.place import Anchor
from index.settings import Progress

# Ten hours of talk have 1 MB.
MAX_BYTES = 5_000_000
MAX_CUES = 100_000
# A block of several cues, in characters: a sentence that runs on is citable, an unpunctuated hour is not one sentence.
MAX_BLOCK = 300
# A cue that begins so many seconds after the last one ended goes on at once. Between cues of one sentence stand 0 to
# 0.3 s in the films and talks looked at.
AT_ONCE = 0.5
# A cue that shows again what stands in the one before, of a share of the cues, is how a file rolls its lines.
ROLLING = 0.3
# Where fewer cues end a sentence, the file has no full stops: there a capital letter begins one.
PUNCTUATED = 0.15

_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,9}))?"
_TIMING = re.compile(rf"\s*{_TIME}\s*-{{1,2}}>\s*{_TIME}(?:\s.*)?$")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?\s+([^<>]*)>")
_TAG = re.compile(r"</?[A-Za-z0-9][^<>]*>|</?>|\{\\[^{}]*\}|\{[a-zA-Z]:[^{}]*\}")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z]{2,8});")
_ENDS = re.compile(r"[.!?…。！？؟।]['\"”’»«)\]]*$")
# Somebody else speaks, or it is no speech.
_NEW_VOICE = re.compile(r"[-–—‐]\s*\S|>>|\[|\(|♪|#\s|[^\W\d_][\w .'’-]{0,30}:\s")


class Cue(NamedTuple):
    """What is shown at once.

    Attributes:
        begins, ends: seconds from the beginning.
        lines: as they are shown, without tags.
    """

    begins: float
    ends: float
    lines: tuple[str, ...]


def read(content: bytes, source: str, progress: Progress | None = None) -> Article:
    """Read subtitles: a block is a cue, or the cues of one sentence that follow at once; each has its time.

    Raises:
        ArticleError: it is no text, has too many bytes or cues, or no cue.
    """
    if len(content) > MAX_BYTES:
        raise ArticleError(
            f"{source} has {len(content) / 1e6:.0f} MB. Expected subtitles of at most {MAX_BYTES // 1_000_000} MB; "
            "split them.",
            "article-too-large",
            path=source,
            size=round(len(content) / 1e6),
            most=MAX_BYTES // 1_000_000,
        )
    text = normalise(decode(content, source))
    cues = list(find_cues(text))
    if not cues:
        raise ArticleError(
            f"{source} has no cue with a time in it. Expected subtitles with lines such as "
            "'00:01:02,500 --> 00:01:04,000'.",
            "subtitles-without-cues",
            path=source,
        )
    if len(cues) > MAX_CUES:
        raise ArticleError(
            f"{source} has more than {MAX_CUES} cues. Expected the subtitles of one recording; split them.",
            "subtitles-too-many-cues",
            path=source,
            most=MAX_CUES,
        )
    builder = ArticleBuilder()
    for group in _blocks(_unrolled(cues)):
        said, anchors = "", []
        for cue in group:
            said += " " if said else ""
            start = len(said)
            said += " ".join(cue.lines)
            anchors.append(Anchor(start, len(said), begins=cue.begins, ends=cue.ends))
        builder.add("line", said, anchors=anchors)
    if progress:
        progress("cues", len(cues), len(cues))
    named = _header(text)
    return builder.article(
        title=named.get("title") or title_from_name(source), language=named.get("language", "")[:2], source=source
    )


def find_cues(text: str) -> Iterator[Cue]:
    """Yield the cues of a normalised SRT or VTT file in its order, at most one more than MAX_CUES."""
    lines = text.split("\n")
    timed: tuple[float, float] | None = None
    shown: list[str] = []
    found = 0
    for number, line in enumerate([*lines, ""]):
        timing = _TIMING.match(line) if "->" in line and len(line) < 500 else None
        if timing or not line.strip():
            if timed and shown:
                # Where the blank line is missing, the next cue's number stands at the end of this one.
                if timing and shown[-1].strip().isdigit() and lines[number - 1].strip():
                    shown.pop()
                clean = tuple(part for part in map(_clean, shown) if part)
                if clean:
                    yield Cue(*timed, clean)
                    found += 1
                    if found > MAX_CUES:
                        return
            # A blank line within a cue ends it; what follows without a time is a note.
            timed = _times(timing) if timing else None
            shown = []
        elif timed:
            shown.append(line)


def _times(timing: re.Match[str]) -> tuple[float, float]:
    parts = timing.groups()
    begins, ends = _seconds(parts[:4]), _seconds(parts[4:])
    return begins, max(begins, ends)


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    return round(int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction}"), 3)


def _clean(line: str) -> str:
    """Return a cue's line without tags and positions; who speaks stays before what is said."""
    voiced = _TAG.sub("", _VOICE.sub(r"\1: ", line))
    said = _ENTITY.sub(lambda match: unescape(match[0]), voiced)
    return normalise(" ".join(re.sub("[\u200b\u200e\u200f\u202a-\u202e\ufeff]", "", said).split()))


def _unrolled(cues: list[Cue]) -> list[Cue]:
    """Return cues without what they show again of the one before, where a file scrolls line by line."""
    again = sum(_repeats(last, cue) for last, cue in itertools.pairwise(cues))
    if again < ROLLING * (len(cues) - 1):
        return cues
    kept: list[Cue] = []
    shown: Cue | None = None
    for cue in cues:
        if shown is None or cue.begins > shown.ends + AT_ONCE:
            kept.append(cue)
        else:
            new = _new_lines(shown.lines, cue.lines)
            if not new:
                kept[-1] = kept[-1]._replace(ends=max(kept[-1].ends, cue.ends))
            elif kept[-1].lines and new[0].startswith(kept[-1].lines[-1] + " "):
                # The line grows word by word.
                kept[-1] = Cue(kept[-1].begins, cue.ends, (*kept[-1].lines[:-1], *new))
            else:
                kept.append(cue._replace(lines=new))
        shown = cue
    return kept


def _new_lines(before: tuple[str, ...], now: tuple[str, ...]) -> tuple[str, ...]:
    for shared in range(min(len(before), len(now)), 0, -1):
        if before[-shared:] == now[:shared]:
            return now[shared:]
    return now


def _repeats(last: Cue, cue: Cue) -> bool:
    if cue.begins > last.ends + AT_ONCE:
        return False
    grows = cue.lines[0].startswith(last.lines[-1] + " ")
    return grows or len(_new_lines(last.lines, cue.lines)) < len(cue.lines)


def _blocks(cues: list[Cue]) -> Iterator[list[Cue]]:
    """Yield the cues that make one block: a sentence that runs on over cues stays together."""
    group: list[Cue] = []
    length = 0
    punctuated = sum(_ENDS.search(cue.lines[-1]) is not None for cue in cues) >= PUNCTUATED * len(cues)
    for cue in cues:
        size = sum(map(len, cue.lines)) + len(cue.lines)
        goes_on = (
            group
            and cue.begins - group[-1].ends <= AT_ONCE
            and length + size <= MAX_BLOCK
            and not _ENDS.search(group[-1].lines[-1])
            and not _NEW_VOICE.match(cue.lines[0])
            and _in_capitals(group[-1]) == _in_capitals(cue)
            and (punctuated or not cue.lines[0][0].isupper())
        )
        if group and not goes_on:
            yield group
            group, length = [], 0
        group.append(cue)
        length += size
    if group:
        yield group


def _in_capitals(cue: Cue) -> bool:
    """Return whether a cue is a title or a sign in the picture."""
    letters = [c for line in cue.lines for c in line if c.isalpha()]
    return len(letters) > 3 and all(c.isupper() for c in letters)


def _header(text: str) -> dict[str, str]:
    """Return the title and the language that a VTT file's head gives."""
    if not text.startswith("WEBVTT"):
        return {}
    found = {}
    head = text[:2000].split("\n\n", 1)[0].split("\n")
    for line in head[1:]:
        name, colon, value = line.partition(":")
        if colon and name.strip().casefold() in ("title", "language") and value.strip():
            found[name.strip().casefold()] = value.strip()
    # "English" and "und" are no codes; then it is detected.
    if not re.fullmatch(r"[A-Za-z]{2}(?:[-_].*)?", found.get("language", "en")):
        del found["language"]
    return found
