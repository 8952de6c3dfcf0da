"""Every number that changes answers, in one place."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal, NoReturn

from index.errors import QuestionError, SettingsError
from index.settings import IndexSettings
from index.storage import whole_file


@dataclass(frozen=True, slots=True)
class FusionWeights:
    """Weights of a sentence's scores, each standardised over the candidates (z-scores) unless said otherwise.

    Fitted by benchmarks/fit.py --step fusion: a softmax over each article's sentences, on the development half of
    XQuAD-R, German, English, Spanish and Chinese articles, asked in their own language and crosswise. These are for a
    question in the article's language; `Settings.foreign_fusion` has those for one in another.
    """

    sentence: float = 0.20
    context: float = 1.07
    neighbourhood: float = 0.84
    # Lexical scores count as much as the question's words are found at all (coverage, 0 to 1).
    stems_covered: float = 1.53
    ngrams_covered: float = 0.34
    passage: float = 0.54
    passage_covered: float = 0.21
    # Not standardised: how many of the question's numbers the sentence has.
    numbers: float = 0.87


@dataclass(frozen=True, slots=True)
class Calibration:
    """A correction of the reader's probability p, on its logit: 1 / (1 + exp(-(slope · logit p + offset))).

    Platt scaling (Platt 1999). It never changes which sentence is the more probable one. `beleg calibrate` fits it;
    the default, which leaves p as it is, belongs to the reader's own fit on the development half.
    """

    slope: float = 1.0
    offset: float = 0.0

    def __post_init__(self) -> None:
        if not (self.slope > 0 and math.isfinite(self.slope) and math.isfinite(self.offset)):
            raise ValueError(f"a calibration needs a finite slope above 0 and a finite offset, not {self}")

    def apply(self, probability: float) -> float:
        """Return the corrected probability."""
        # Untouched to the last bit where there is nothing to correct; 0 and 1 have no logit.
        if (self.slope, self.offset) == (1.0, 0.0) or not 0 < probability < 1:
            return probability
        logit = self.slope * (math.log(probability) - math.log1p(-probability)) + self.offset
        return 1 / (1 + math.exp(-logit)) if logit > -700 else 0.0


@dataclass(frozen=True, slots=True)
class Settings:
    """How questions are answered."""

    index: IndexSettings = field(default_factory=IndexSettings)
    fusion: FusionWeights = field(default_factory=FusionWeights)
    # Between languages, stems are noise (the fit gave -0.14), numbers and what stands around are not.
    foreign_fusion: FusionWeights = field(
        default_factory=lambda: FusionWeights(
            sentence=0.91,
            context=0.92,
            neighbourhood=0.76,
            stems_covered=0.0,
            ngrams_covered=0.25,
            passage=0.22,
            passage_covered=0.07,
            numbers=1.49,
        )
    )
    # Added to the score of a sentence that the turn before cited, when the question leans on that turn. On the first 20
    # of the 44 dialogues in eval_questions.json anything from 0 to 2 ranks alike; without the earlier question's words
    # 1.0 lifts hit@3 from 12 to 15 of 19. Kept small, so that a follow-up can move on to another sentence.
    cited_before: float = 0.5
    # Passages that each of dense and lexical search brings forward; an article of fewer is searched whole.
    pool_passages: int = 100
    # Passages whose sentences become candidates.
    candidate_passages: int = 20
    # Ranking passages: weights, beside the passage's own cosine, of its best sentence's and of BM25, all standardised;
    # BM25 counts nothing between languages. Development half, all articles together, nDCG@10: German 0.949 by the
    # passage's cosine alone, 0.967 with BM25, 0.973 with both; English asked of German 0.915, 0.885, 0.935 (no BM25).
    passage_best_sentence: float = 0.5
    passage_bm25: float = 0.4
    # "trained" reads passages with a network of its own; "embedding" judges by the retrieval alone, in a fifth of the
    # time. Over another encoder than the embedded one there is only the latter. Cross-validated, German: the right
    # sentence first 0.830 against 0.771; English asked of German 0.760 against 0.649.
    reader: Literal["trained", "embedding"] = "trained"
    # Passages the trained reader reads at most, and the probability at which it reads no further. On the development
    # half, cross-validated, 1, 2, 3 and 6 passages put the right sentence first in 0.822, 0.825, 0.824 and 0.822 for
    # German, 0.727, 0.766, 0.776 and 0.779 for English asked of German; in three 0.943, 0.961, 0.956 and 0.959. The
    # third would take the answer beyond six times the embedding reader's time. `sure` was not measured.
    read_passages: int = 2
    sure: float = 0.97
    # A short answer less certain than this is not given. On the development half, all languages, those below are right
    # in 9 of 100 (F1 0.20), those from 0.1 to 0.2 in 16 (0.31), of all 43. Of those given
    # in German and English, 57 of 100 share no word with the expected answer below 0.15, 35 from there to 0.5, then 16.
    short_answer_bar: float = 0.15
    # Sentences that an answer is chosen from, the most probable.
    read_sentences: int = 20
    # Of the reader's probabilities, before the bars below are applied.
    calibration: Calibration = field(default_factory=Calibration)
    # Least probability to answer at all, and for a sentence to be cited beside the best one. At 0.5 a wrong answer
    # would weigh as much as a right one withheld; it weighs a little less, since its sentence is there to be checked.
    # On the development half, German, the trained reader answers 86 % of the questions from 0.4 on and 79 % from 0.5
    # on, and 11 and 7 % when their paragraph is taken out. Between them: as many of the latter, 9 %, as when the
    # embedding reader was the only one and the bar 0.35.
    answer_bar: float = 0.45
    # From here on an abstention says that nothing is sure enough, and not that the article does not say. On the bundled
    # questions 16 of 31 abstentions from answerable ones are above it, and 27 of the 44 others below.
    unsure_bar: float = 0.1
    # All sentences share one probability. On the development half, German, where one sentence answers, another is cited
    # in 27 % of the answers at 0.1, 19 at 0.15, 14 at 0.2 and 10 at 0.25, and is that one in 20, 23, 29 and 29 of 100.
    # (By the probability it would have were the best one not there, at 0.8: in 16 %, and 16 of 100.)
    further_bar: float = 0.2
    max_citations: int = 3
    # What no sentence answers is taken for a question about the article as a whole if that is as probable as this; then
    # so many sentences speak for it. Figures: rag/overview.json.
    overview_bar: float = 0.7
    overview_sentences: int = 4
    # Shown with an abstention.
    nearest_sentences: int = 3
    # More is no question; the encoder reads 512 tokens, about 2,000 characters, of what is shorter.
    max_question_characters: int = 4000

    def check_index(self, made_with: IndexSettings, folder: Path) -> None:
        """Raise SettingsError where these settings ask for another index than the one in a folder.

        Settings that leave the index at its default ask for none in particular.
        """
        if self.index in (IndexSettings(), made_with):
            return
        name = next(f.name for f in fields(made_with) if getattr(made_with, f.name) != getattr(self.index, f.name))
        raise SettingsError(
            f"the settings have index.{name} {getattr(self.index, name)}, and the index {folder} was made with "
            f"{getattr(made_with, name)}. Expected the same: drop index from the settings, or rebuild the index with "
            f"them: beleg index build FILE… --out {folder} --settings SETTINGS"
        )

    def check_question(self, question: str) -> None:
        """Raise QuestionError for a question that is empty or too long to be one."""
        if not any(c.isalnum() for c in question):
            raise QuestionError("the question is empty. Expected a question, for example: Wann trafen sie sich?")
        if len(question) > self.max_question_characters:
            raise QuestionError(
                f"the question has {len(question)} characters. Expected at most {self.max_question_characters}; "
                "ask something shorter."
            )


# Settings ↔ a JSON file of format "beleg-settings/1", which holds what differs from the default.

FORMAT = "beleg-settings/1"
# Least and greatest value of a field; None is no limit, and a field that is not here has none.
_RANGES: dict[str, tuple[float | None, float | None]] = {
    "index.passage_tokens": (1, None),
    "index.overlap_tokens": (0, None),
    "index.bm25_k1": (0, None),
    "index.bm25_b": (0, 1),
    "index.ngram": (1, None),
    "cited_before": (0, None),
    "pool_passages": (1, None),
    "candidate_passages": (1, None),
    "read_sentences": (1, None),
    "read_passages": (1, None),
    "sure": (0, 1),
    "short_answer_bar": (0, 1),
    # A slope of 0 would make all sentences equally probable.
    "calibration.slope": (1e-6, None),
    "answer_bar": (0, 1),
    "unsure_bar": (0, 1),
    "further_bar": (0, 1),
    "overview_bar": (0, 1),
    "overview_sentences": (1, None),
    "max_citations": (1, None),
    "nearest_sentences": (0, None),
    "max_question_characters": (1, None),
}

# The values of a field that is no number.
_CHOICES = {"reader": ("trained", "embedding")}


def read_settings(path: Path) -> Settings:
    """Read a settings file; what it leaves out is as by default.

    Raises:
        SettingsError: it is missing, not JSON, of another format, or has an unknown field, one given twice, one of the
            wrong type or one out of range.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=lambda pairs: _once(path, pairs))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        _refuse(path, f"cannot be read: {reason}", "a settings file, as 'beleg calibrate --out FILE' writes it")
    except (ValueError, RecursionError) as error:
        _refuse(path, f"is not JSON: {error}", "a settings file, as 'beleg calibrate --out FILE' writes it")
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        found = f"has the format {data.get('format')!r}" if isinstance(data, dict) else f"is {_name(data)}"
        _refuse(path, found, f'a JSON object with "format": "{FORMAT}"')
    if unknown := data.keys() - {"format", "note", "settings"}:
        _refuse(path, f"has the unknown field {min(unknown)!r}", "format, note and settings")
    return settings_from_dict(data.get("settings", {}), path)


def write_settings(settings: Settings, path: Path, note: Mapping[str, object]) -> None:
    """Write what differs from the default, whole or not at all; a file there is replaced.

    Args:
        note: plain JSON values that say how the settings came to be.

    Raises:
        SettingsError: the file cannot be written.
    """
    data = {"format": FORMAT, "note": dict(note), "settings": _difference(settings, Settings())}
    with whole_file(path, SettingsError) as scratch:
        scratch.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def settings_from_dict(data: object, path: Path) -> Settings:
    """Make Settings of a dict of the fields that differ from the default, or of all (`dataclasses.asdict`).

    Args:
        path: the file that it stands in, for messages.

    Raises:
        SettingsError: a field is unknown, of the wrong type or out of range.
    """
    settings: Settings = _merge(Settings(), data, path, "")
    if settings.index.overlap_tokens >= settings.index.passage_tokens:
        _refuse(path, f"index.overlap_tokens is {settings.index.overlap_tokens}", "less than index.passage_tokens")
    return settings


def _merge(default: Any, data: object, path: Path, where: str) -> Any:
    if not isinstance(data, dict):
        _refuse(path, f"{where or 'settings'} is {_name(data)}", "a JSON object")
    known = [field.name for field in fields(default)]
    values = {}
    for name, value in data.items():
        field = f"{where}.{name}" if where else name
        if name not in known:
            _refuse(path, f"has the unknown field {field!r}", f"one of {', '.join(known)}")
        old = getattr(default, name)
        if is_dataclass(old):
            values[name] = _merge(old, value, path, field)
        elif field in _CHOICES:
            values[name] = _choice(_CHOICES[field], value, path, field)
        else:
            values[name] = _number(old, value, path, field)
    return replace(default, **values)


def _choice(choices: Sequence[str], value: object, path: Path, field: str) -> str:
    if value not in choices:
        _refuse(path, f"{field} is {_name(value)}", " or ".join(json.dumps(choice) for choice in choices))
    return str(value)


def _number(default: int | float, value: object, path: Path, field: str) -> int | float:
    whole = isinstance(default, int)
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        _refuse(path, f"{field} is {_name(value)}", "a whole number" if whole else "a number")
    try:
        number = value if whole else float(value)
        finite = whole or math.isfinite(number)
    except OverflowError:
        finite = False
    if not finite:
        _refuse(path, f"{field} is {_name(value)}", "a finite number")
    low, high = _RANGES.get(field, (None, None))
    if (low is not None and number < low) or (high is not None and number > high):
        limits = f"from {low} to {high}" if high is not None else f"of at least {low}"
        _refuse(path, f"{field} is {_name(value)}", f"a {'whole ' if whole else ''}number {limits}")
    return number


def _difference(settings: Any, default: Any) -> dict[str, Any]:
    """Return the fields that are not as by default, nested."""
    found = {}
    for one in fields(default):
        value, usual = getattr(settings, one.name), getattr(default, one.name)
        if value != usual:
            found[one.name] = _difference(value, usual) if is_dataclass(usual) else value
    return found


def _once(path: Path, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if twice := [name for name in names if names.count(name) > 1]:
        _refuse(path, f"has the field {twice[0]!r} twice", "each field once")
    return dict(pairs)


def _name(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:37]}…"


def _refuse(path: Path, found: str, expected: str) -> NoReturn:
    raise SettingsError(f"the settings {path}: {found}. Expected {expected}.")
