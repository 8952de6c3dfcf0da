"""What an LLM writes, piece by piece → its statements, each with the numbers of the sentences that it names.

One statement a line, as the prompt asks; lines of several sentences are taken apart. LLMs mark sources in many ways:
[1], [1, 2], [1-3], 【1†source】, (Satz 1), ¹, [^1], "Sources: 1, 2". All are read, wherever they stand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from index.splitting.sentences import split_sentences

# Of a line; a longer one is no statement, and is not kept.
MOST_CHARACTERS = 1000
# "12-14" names so many sentences at most.
_MOST_OF_RANGE = 20
_NAMES = (
    r"(?:sources?|sentences?|refs?|references?|citations?|s|satz|sätze|quellen?|belege?|phrases?|frases?|fuentes?|fonti|"
    r"fonte|frasi|source|no|nr|句|来源|文|出典)"
)
_LIST = r"\d{1,3}(?:\s*(?:[,;&、，/+]|-|–|and|und|et|y|e|to|bis)\s*(?:\^|#)?\d{1,3})*"
_ONE = rf"(?:{_NAMES}\s*[.:#]?\s*)?(?:\^|#|n°)?\s*{_LIST}(?:\s*†[^\]】)]*)?"
_MARKER = re.compile(
    rf"[\[【{{⟦]\s*\(?{_ONE}\)?\s*[\]】}}⟧](?:\([^)\s]*\))?|<(?:sup|cite|ref)>\s*\[?{_ONE}\]?\s*</(?:sup|cite|ref)>"
    rf"|[\(（]\s*{_NAMES}\s*[.:#]?\s*{_LIST}\s*[\)）]|[¹²³⁰⁴-⁹]+(?:[,⁻][¹²³⁰⁴-⁹]+)*|[①-⑳]",
    re.IGNORECASE,
)
# At the end of a line only: a number in brackets may belong to what is said, as in "Berlin (1911)".
_AT_END = re.compile(
    rf"(?:[\(（]\s*({_LIST})\s*[\)）]|(?:[|—–-]\s*|[.!?]\s+){_NAMES}\s*[.:#]?\s*({_LIST}))\s*[.。]?\s*$", re.IGNORECASE
)
_BULLET = re.compile(r"^\s*(?:[-*•·–—>#]+\s+|#+\s*|\(?\d{1,2}[.):]\s+|[a-z]\)\s+)+", re.IGNORECASE)
_EMPHASIS = re.compile(r"\*\*|__|(?<!\w)[*_`]|[*_`](?!\w)")
_NONE = re.compile(r"[\W_]*(?:none|keine?s?|nichts|ninguna?|aucune?|nessun[ao]?|无|無|なし)[\W_]*$", re.IGNORECASE)
# Some say what they were told to say after an introduction: "The answer is: NONE". "Admission: none" is a statement.
_INTRODUCED_NONE = re.compile(r"[^\W\d_][\w' ]{0,40}[:：]\s*NONE[\W_]*")
_THINKS = re.compile(r"<(think|thinking|reasoning|thought)\b[^>]*>", re.IGNORECASE)
_THOUGHT = re.compile(r"</(?:think|thinking|reasoning|thought)\s*>", re.IGNORECASE)
# A tag may come in two pieces.
_LONGEST_TAG = 16
# Nothing that a text says: what turns the direction of writing, control characters, tags of a chat template.
_TEMPLATE = re.compile(r"<\|[^|>]{1,40}\|>|</?s>|\[/?INST\]")


@dataclass(frozen=True, slots=True)
class Line:
    """A statement of an LLM.

    Attributes:
        text: without the markers.
        numbers: those it names, in order; there may be no such sentences.
    """

    text: str
    numbers: tuple[int, ...]


class Lines:
    """Collects an LLM's pieces of text and gives its statements, each as soon as its line is complete.

    Attributes:
        declined: whether a line was NONE.
        dropped: lines that were too long to be read.
        thinks: whether it wrote what it thinks, which nobody is shown.
    """

    def __init__(self, language: str) -> None:
        self.declined, self.dropped, self.thinks = False, 0, False
        self._language = language
        self._buffer = ""
        self._is_long = self._is_thought = False

    def feed(self, piece: str) -> Iterator[Line]:
        """Yield the statements that a piece completes."""
        self._buffer += piece
        self._skip_thoughts()
        while not self._is_thought and (match := re.search(r"[\n\r\u2028\u2029]", self._buffer)):
            line, self._buffer = self._buffer[: match.start()], self._buffer[match.end() :]
            yield from self._line(line)
        if not self._is_thought and len(self._buffer) > MOST_CHARACTERS:
            self._is_long, self._buffer = True, self._buffer[-_LONGEST_TAG:]

    def end(self) -> Iterator[Line]:
        """Yield the statements of the last line."""
        if not self._is_thought:
            yield from self._line(self._buffer)
        self._buffer = ""

    def _skip_thoughts(self) -> None:
        while True:
            if not self._is_thought:
                # Some servers leave out where the thinking begins: all before its end was thought.
                begins, ends = _THINKS.search(self._buffer), _THOUGHT.search(self._buffer)
                if ends and (begins is None or ends.start() < begins.start()):
                    self._buffer, self.thinks, self._is_long = self._buffer[ends.end() :], True, False
                    continue
                if begins is None:
                    return
                self._is_thought = self.thinks = True
                self._buffer = self._buffer[begins.end() :]
            ends = _THOUGHT.search(self._buffer)
            if ends is None:
                self._buffer = self._buffer[-_LONGEST_TAG:]
                return
            self._is_thought, self._buffer = False, self._buffer[ends.end() :]

    def _line(self, line: str) -> Iterator[Line]:
        if self._is_long or len(line) > MOST_CHARACTERS:
            self._is_long = False
            self.dropped += 1
            return
        line = "".join(one for one in line if one == "\t" or unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Co"))
        line = _EMPHASIS.sub("", _BULLET.sub("", _TEMPLATE.sub("", line))).strip()
        if _NONE.fullmatch(line) or _INTRODUCED_NONE.fullmatch(line):
            self.declined = True
        elif any(character.isalnum() for character in line):
            yield from self._statements(line)

    def _statements(self, line: str) -> Iterator[Line]:
        """Yield the statements of a line: each of its sentences, with the markers in it or else the next ones."""
        markers: list[tuple[int, tuple[int, ...]]] = []
        text = ""
        at = 0
        if end := _AT_END.search(line):
            # Behind the last letter, whatever else stands there.
            markers_at_end = _numbers(end[1] or end[2])
            line = line[: end.start()] + (line[end.start()] if line[end.start()] in ".!?" else "")
        for match in _MARKER.finditer(line):
            text += line[at : match.start()]
            markers.append((len(text.rstrip()), _numbers(unicodedata.normalize("NFKC", match.group()))))
            at = match.end()
        text += line[at:]
        if end:
            markers.append((len(text.rstrip()), markers_at_end))
        if not any(character.isalnum() for character in text):
            return
        spans = [sentence.span for sentence in split_sentences(text, self._language)]
        # "[1] One. [2] Another.", as the sentences were shown.
        leads = bool(markers) and not text[: markers[0][0]].strip() and bool(text[markers[-1][0] :].strip(" .!?"))
        for place, span in enumerate(spans):
            until = spans[place + 1].start if place + 1 < len(spans) else len(text) + 1
            if leads:
                named = next((numbers for where, numbers in reversed(markers) if where <= span.start), ())
            else:
                own = [number for where, numbers in markers if span.start < where < until for number in numbers]
                named = tuple(own) or next((numbers for where, numbers in markers if where >= until), ())
            said = re.sub(r"\s+([.,;:!?])", r"\1", " ".join(text[span.start : span.end].split()))
            if any(character.isalnum() for character in said):
                yield Line(said, tuple(dict.fromkeys(named)))


def _numbers(marker: str) -> tuple[int, ...]:
    """Return the numbers in a marker; "1-3" are three."""
    found: list[int] = []
    for match in re.finditer(r"(\d{1,3})(?:\s*(?:-|–|to|bis|⁻)\s*(\d{1,3}))?", marker.partition("†")[0]):
        first, last = int(match[1]), int(match[2] or match[1])
        found += range(first, last + 1) if 0 <= last - first <= _MOST_OF_RANGE else [first, last]
    return tuple(dict.fromkeys(found))
