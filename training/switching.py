"""Code-switching: words of an English text replaced by translations from a word list.

Qin et al. 2020 (CoSDA-ML, arXiv 2006.06402). A reader trained on such text learns to match words across languages,
where plain English teaches it English only. The word lists are read, never shipped: Debian's trans-de-en
(/usr/share/trans/de-en, by Frank Richter, TU Chemnitz, GPL) and dict-freedict-eng-spa.
"""

from __future__ import annotations

import gzip
import random
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

_NOTE = re.compile(r"\{[^}]*\}|\([^)]*\)|\[[^\]]*\]|/[^/]*/|<[^>]*>|\"[^\"]*\"")
_PHRASE = re.compile(r"[^\W\d_](?:[\w'’ -]*\w)?")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
LONGEST = 3
_ASKING = frozenset(
    "wann warum woher wohin welche welcher welches wieviel viele what when where which whose many much "
    "nicht kein keine never none".split()
)
# Words that a dictionary explains rather than translates.
_GERMAN_FUNCTION_WORDS = """
the=der|die|das|den|dem|des a=ein|eine|einen|einem an=ein|eine and=und or=oder of=von|der in=in|im on=auf|am
at=bei|an to=zu|nach for=für with=mit from=von|aus by=von|durch as=als|wie is=ist was=war are=sind were=waren
be=sein been=gewesen has=hat had=hatte have=haben it=es its=seine|ihre he=er she=sie they=sie his=sein|seine
her=ihr|ihre their=ihre this=dieser|diese|dieses that=dass|das|die these=diese those=jene which=der|die|welche
who=wer|der what=was when=wann|als where=wo why=warum how=wie not=nicht no=kein|keine but=aber also=auch more=mehr
most=meisten many=viele much=viel some=einige other=andere all=alle both=beide between=zwischen after=nach
before=vor during=während through=durch under=unter over=über about=über|etwa into=in than=als then=dann there=dort
did=tat do=tun does=tut can=kann could=könnte would=würde will=wird should=sollte may=kann might=könnte must=muss
if=wenn because=weil while=während only=nur first=erste|ersten second=zweite one=ein|eins two=zwei three=drei
four=vier five=fünf year=Jahr years=Jahre
"""
_SPANISH_FUNCTION_WORDS = """
the=el|la|los|las a=un|una an=un|una and=y or=o of=de in=en on=en|sobre at=en|a to=a|para for=para|por with=con
from=de|desde by=por as=como is=es|está was=era|fue are=son were=eran|fueron be=ser been=sido has=ha had=había
have=han|haber it=lo its=su|sus he=él she=ella they=ellos his=su|sus her=su|sus their=su|sus this=este|esta
that=que|ese which=que|cual who=quién|que what=qué when=cuándo|cuando where=dónde|donde why=por qué how=cómo not=no
no=no but=pero also=también more=más most=mayoría many=muchos|muchas much=mucho some=algunos other=otro|otra
all=todos|todas both=ambos between=entre after=después de before=antes de during=durante through=a través de
under=bajo over=sobre about=sobre into=en than=que then=entonces did=hizo can=puede could=podría would=haría
will=será if=si because=porque while=mientras only=sólo first=primero|primera second=segundo one=uno two=dos
three=tres
"""


@dataclass(frozen=True, slots=True)
class Switched:
    """A text with words replaced, and where each of its offsets went."""

    text: str
    # Replaced spans, before and after, ascending.
    before: list[tuple[int, int]] = field(default_factory=list)
    after: list[tuple[int, int]] = field(default_factory=list)

    def start(self, offset: int) -> int:
        """Return where a span that begins at `offset` begins now."""
        place = bisect_right(self.before, (offset, 1 << 40)) - 1
        if place < 0:
            return offset
        (start, end), (new_start, new_end) = self.before[place], self.after[place]
        return new_start if start <= offset < end else offset - end + new_end

    def end(self, offset: int) -> int:
        """Return where a span that ends before `offset` ends now."""
        place = bisect_left(self.before, (offset, -1)) - 1
        if place < 0:
            return offset
        (start, end), (_, new_end) = self.before[place], self.after[place]
        return new_end if start < offset <= end else offset - end + new_end


class WordList:
    """English words and phrases of up to LONGEST words, each with translations, commonest first."""

    def __init__(self, entries: dict[str, list[str]]) -> None:
        self.entries = entries

    def switch(self, text: str, share: float, chance: random.Random) -> Switched:
        """Replace a share of the words that the list knows, longest phrases first."""
        words = [match.span() for match in _WORD.finditer(text)]
        pieces: list[str] = []
        switched = Switched("")
        before, after = switched.before, switched.after
        at = written = number = 0
        while number < len(words):
            taken = 1
            if chance.random() < share:
                for length in range(min(LONGEST, len(words) - number), 0, -1):
                    start, end = words[number][0], words[number + length - 1][1]
                    known = self.entries.get(text[start:end].lower())
                    if known:
                        # Three in four times one of the two commonest.
                        choice = chance.choice(known[:2] if chance.random() < 0.75 else known[:6])
                        if text[start].isupper() and (start == 0 or text[max(0, start - 2) : start] == ". "):
                            choice = choice[0].upper() + choice[1:]
                        pieces += [text[at:start], choice]
                        written += start - at
                        before.append((start, end))
                        after.append((written, written + len(choice)))
                        written += len(choice)
                        at, taken = end, length
                        break
            number += taken
        return Switched("".join([*pieces, text[at:]]), before, after)


def read_german(path: Path, *, from_german: bool = False) -> WordList:
    """Read trans-de-en's file: "Haus {n} | Häuser {pl} :: house | houses", alternatives parted by ";".

    Args:
        from_german: German words with English translations, by their form in lower case; otherwise English with German.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or " :: " not in line:
            continue
        german, _, english = line.partition(" :: ")
        for theirs, ours in zip(german.split("|"), english.split("|"), strict=False):
            sources, targets = _alternatives(ours), _alternatives(theirs)
            if from_german:
                sources, targets = targets, sources
            for source in sources:
                key = re.sub(r"^(?:to|the|a|an|sich|etw\.|der|die|das) ", "", source.lower())
                for target in targets:
                    counts[key][re.sub(r"^(?:sich|etw\.|der|die|das|to) ", "", target)] += 1
    entries = {word: [target for target, _ in found.most_common(8)] for word, found in counts.items()}
    words = _function_words(_GERMAN_FUNCTION_WORDS)
    if from_german:
        turned: dict[str, list[str]] = {}
        for english, some in words.items():
            for german in some:
                turned.setdefault(german.lower(), []).append(english)
        words = turned
    return WordList(entries | words)


def read_synonyms(path: Path, *, german: bool) -> WordList:
    """Read trans-de-en's file for what stands side by side, parted by ";", in the same entry: one can say either."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#") and " :: " in line:
            for part in line.split(" :: ")[0 if german else 1].split("|"):
                same = _alternatives(part)
                for word in same:
                    counts[re.sub(r"^(?:to|sich|etw\.) ", "", word.lower())].update(set(same) - {word})
    small = _function_words(_GERMAN_FUNCTION_WORDS)
    kept = _ASKING | set(small) | {other.lower() for some in small.values() for other in some}
    words = {}
    for word, found in counts.items():
        # Short words have many meanings, and so has what stands beside many others but once.
        often = [other for other, count in found.most_common(4) if count > 1 or len(found) < 3]
        some = [re.sub(r"^(?:to|sich|etw\.) ", "", other) for other in often]
        some = [other for other in some if " " not in other and other.lower() != word]
        if some and len(word) > 3 and " " not in word and word not in kept:
            words[word] = some
    return WordList(words)


def read_spanish(path: Path) -> WordList:
    """Read a FreeDict .dict.dz: a headword with its /sound/, then lines of translations."""
    entries: dict[str, list[str]] = defaultdict(list)
    headword = ""
    for line in gzip.decompress(path.read_bytes()).decode().splitlines():
        if " /" in line:
            headword = line.split(" /")[0].strip().lower()
        elif headword and line.strip():
            entries[headword] += [word.strip() for word in line.split(",") if _PHRASE.fullmatch(word.strip())]
    return WordList(
        {word: found for word, found in entries.items() if found} | _function_words(_SPANISH_FUNCTION_WORDS)
    )


def _alternatives(text: str) -> list[str]:
    found = []
    for piece in text.split(";"):
        phrase = " ".join(_NOTE.sub(" ", piece).split())
        if phrase and _PHRASE.fullmatch(phrase) and phrase.count(" ") < LONGEST:
            found.append(phrase)
    return found


def _function_words(text: str) -> dict[str, list[str]]:
    # A translation of several words ("por qué") has been written with a space: it continues the word before.
    entries: dict[str, list[str]] = {}
    last = ""
    for item in text.split():
        if "=" in item:
            last, _, translations = item.partition("=")
            entries[last] = translations.split("|")
        else:
            entries[last][-1] += f" {item}"
    return entries
