"""Every number that changes an answer, and the settings file (JSON, format "beleg-settings/1") that changes them."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from index.atomic import whole_file
from index.errors import QuestionError, SettingsError
from index.input_file import read_input
from index.served.address import Address
from index.settings import STRICT, Count, IndexSettings, NotNegative, Share
from index.text_bounds import MAX_MARKS, has_mark_run

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

FORMAT = "beleg-settings/1"


@dataclass(frozen=True, slots=True, config=STRICT)
class FusionWeights:
    """Weights of a sentence's scores, each standardised over the candidates (z-scores) unless said otherwise.

    Fitted by benchmarks/fit.py --step fusion: a softmax over each article's sentences, on the development half of
    XQuAD-R, German, English, Spanish and Chinese articles, asked in their own language and crosswise. The defaults are
    for a question in the article's language.
    """

    sentence: float = 0.20
    context: float = 1.07
    neighbourhood: float = 0.84
    # The lexical scores are multiplied by the share of the question's words that are found at all (coverage, 0 to 1).
    stems_covered: float = 1.53
    ngrams_covered: float = 0.34
    passage: float = 0.54
    passage_covered: float = 0.21
    # Not standardised: how many of the question's numbers the sentence has.
    numbers: float = 0.87


# For a question in another language than the article's. Stems are noise there (the fit gave -0.14); numbers and the
# sentences around are not.
FOREIGN = {
    "sentence": 0.91,
    "context": 0.92,
    "neighbourhood": 0.76,
    "stems_covered": 0.0,
    "ngrams_covered": 0.25,
    "passage": 0.22,
    "passage_covered": 0.07,
    "numbers": 1.49,
}


@dataclass(frozen=True, slots=True, config=STRICT)
class SpellingSettings:
    """Which words of a question are read as other words, of the articles (rag/retrieval/spelling.py)."""

    # A question of which this share of letters is large is written in capitals.
    shouted: Share = 0.7
    # Letters that a word needs for a mark that it may have lost to be put on (not for "ae" and the like).
    marks_from: Count = 6
    # Letters that a word needs for one typo to be put right in it, and for two.
    one_typo_from: Count = 5
    two_typos_from: Count = 8
    # Letters that it needs for the first one to be the wrong one.
    other_first_letter_from: Count = 7


@dataclass(frozen=True, slots=True, config=STRICT)
class Calibration:
    """A correction of the reader's probability p, on its logit: 1 / (1 + exp(-(slope · logit p + offset))).

    Platt scaling (Platt 1999). It never changes which sentence is the more probable one. `beleg calibrate` fits it; the
    default leaves p as it is, which belongs to the reader's own fit on the development half.
    """

    # A slope of 0 would make all sentences equally probable.
    slope: Annotated[float, Field(ge=1e-6)] = 1.0
    offset: float = 0.0

    def apply(self, probability: float) -> float:
        """Return the corrected probability."""
        # 0 and 1 have no logit. The default returns p itself, equal to the last bit.
        if (self.slope, self.offset) == (1.0, 0.0) or not 0 < probability < 1:
            return probability
        logit = self.slope * (math.log(probability) - math.log1p(-probability)) + self.offset
        return 1 / (1 + math.exp(-logit)) if logit > -700 else 0.0


@dataclass(frozen=True, slots=True, config=STRICT)
class LLMSettings:
    """An LLM that writes prose, and when that prose is shown (rag/answering/prose/). Without a URL none is asked."""

    # Of an OpenAI-compatible server, such as http://127.0.0.1:11434/v1, and the model's name there; "" takes the first
    # that the server lists.
    url: str = ""
    model: str = ""
    # The environment variable that the key is read from. The key itself stands nowhere.
    key_variable: str = "BELEG_LLM_KEY"
    temperature: NotNegative = 0.0
    max_tokens: Count = 400
    # Seconds for the whole of it; after them the quotations answer.
    timeout: Annotated[float, Field(gt=0)] = 60.0
    # Of a connection that fails, or a server that is busy.
    retries: Annotated[int, Field(ge=0)] = 1
    # Further fields of the request, as a server may want them: {"chat_template_kwargs": {"enable_thinking": false}}.
    extra_body: dict[str, Any] = Field(default_factory=dict)
    # Passages that it is shown, the likeliest, and of their sentences at most so many characters.
    passages: Count = 3
    prompt_characters: Count = 6000
    # Statements that are checked, and sentences that one may cite.
    max_statements: Count = 8
    most_sources: Count = 3
    # Least probability that a sentence answers, for the LLM to be asked at all, and of a cited sentence, where no
    # sentence clears `answer_bar`, for its statement to answer. Of 3,278 questions to 350 texts that the reader has not
    # seen (training/written), the likeliest sentence answers in 50 % where it has 0.2 to 0.25, in 44 % from 0.15, in
    # 33 % from 0.1, in 6 % below 0.02: where an LLM says the same, that is enough from a half on.
    ask_bar: Share = 0.2
    # Least support of a statement; of one that takes a name from the title; of one in another language. Chosen on the
    # statements of tests/rag/answering/test_prose.py and like ones; benchmarks/prose.py measures.
    support_bar: Share = 0.5
    title_bar: Share = 0.9
    foreign_bar: Share = 0.9


@dataclass(frozen=True, slots=True, config=STRICT)
class Settings:
    """How questions are answered."""

    index: IndexSettings = Field(default_factory=IndexSettings)
    fusion: FusionWeights = Field(default_factory=FusionWeights)
    foreign_fusion: FusionWeights = Field(default_factory=lambda: FusionWeights(**FOREIGN))
    spelling: SpellingSettings = Field(default_factory=SpellingSettings)
    # Added to the score of a sentence that the turn before cited, for a question that refers to that turn. On the first
    # 20 of the 44 dialogues in eval_questions.json any value from 0 to 2 ranks alike; without the earlier question's
    # words 1.0 lifts hit@3 from 12 to 15 of 19. Small, so that a follow-up can move on to another sentence.
    cited_before: NotNegative = 0.5
    # Passages that dense and lexical search return each; an article of fewer is searched whole.
    pool_passages: Count = 100
    # Passages whose sentences become candidates.
    candidate_passages: Count = 20
    # Ranking passages: weights, beside the passage's own cosine, of its best sentence's and of BM25, all standardised;
    # BM25 is not used between languages. Development half, all articles together, nDCG@10: German 0.949 by the
    # passage's cosine alone, 0.967 with BM25, 0.973 with both; English asked of German 0.915, 0.885, 0.935 (no BM25).
    passage_best_sentence: float = 0.5
    passage_bm25: float = 0.4
    # Of BM25 over what a passage stands under, standardised, in ranking passages and their sentences: where all stand
    # under the same it adds nothing. Not fitted: of 410 questions of GermanQuAD, all articles together, encoded under
    # their titles, any values from 0 to 0.8 rank alike (hit@1 0.683). A heading's words are often in no sentence below.
    passage_headings: NotNegative = 0.4
    sentence_headings: NotNegative = 0.4
    # A question names an article if this share of its title's weight is in it ("What does the Heron 5 weigh?"). The
    # sentences of the others then lose so much, in the retriever's score and in the reader's logit, times by how much
    # less of their titles is named. Chosen on four manuals with the same sentences. With these, and a passage read
    # under its title where only that names what is asked about, of the 410 questions hit@1 is 0.680 (0.676 without),
    # right 0.646 (0.639). The same holds for the rows of a table, by what each alone says.
    named_title: Share = 0.5
    another_title: NotNegative = 4.0
    # "trained" reads passages with its own network; "embedding" judges by the retrieval alone, in a fifth of the time.
    # Other encoders than the embedded one have only the latter. Cross-validated, German: the right sentence first in
    # 0.840 against 0.771; English asked of German 0.804 against 0.649.
    reader: Literal["trained", "embedding"] = "trained"
    # Passages that the trained reader reads at most, and the probability at which it reads no further. With its first
    # edition, on the development half, cross-validated, 1, 2, 3 and 6 passages put the right sentence first in 0.822,
    # 0.825, 0.824 and 0.822 for German, 0.727, 0.766, 0.776 and 0.779 for English asked of German; in three 0.943,
    # 0.961, 0.956 and 0.959. With a third passage, an answer would take over six times the embedding reader's time.
    # `sure` was not measured.
    read_passages: Count = 2
    sure: Share = 0.97
    # Whether a passage is read under its article's title and the headings above it, as the network was trained to:
    # seven in ten of its titled articles.
    read_under_headings: bool = True
    # A short answer less certain than this is not given. Of the first edition, on the development half, all
    # languages, 9 % of the short answers below 0.1 are right (F1 0.20), 16 % of those from 0.1 to 0.2 (F1 0.31), 43 %
    # of all. In German and English 57 % of those below 0.15 share no word with the expected answer, 35 % from there
    # to 0.5, 16 % above.
    short_answer_bar: Share = 0.15
    # When a sentence is taken to answer too, and differently (rag/reader/contradiction.py). Chosen on every second of
    # the pairs in benchmarks/contradictions.json and on the development half, where "alone" is each article by itself
    # and "together" all of a language. benchmarks/contradiction.py measures.
    # Least similarity to the best sentence for which a further passage is read, and the same of a sentence with other
    # words than the question's. Alone and together, a passage more is read for 0.5 and 0.5 % of the English answers,
    # 1.1 and 1.4 % of the German and 4.8 and 5.9 % of the Chinese ones at 0.88 and 0.9; at 0.85 and 0.9 for 0.7 and
    # 0.9, 2.2 and 2.6, 5.2 and 6.0 %.
    differing_cosine: Share = 0.84
    differing_cosine_other_words: Share = 0.92
    # Least sum of begin and end logits over "nothing here answers": of any sentence, of one that has other words than
    # the question's, and of one that has no words of its own beside its answer. Of the pairs 16 of 17 contradictions
    # of two articles are told in either half, and 6 and 4 of 6 within one; 3 and 4 of 49 others are said to differ.
    differing_logits: float = 0.5
    differing_logits_other_words: float = 4.0
    differing_logits_same_words: float = -5.0
    # Of one that has the value's words and most others of the question. At -5, 2 more of the 49 are said to differ.
    differing_logits_shared_words: float = -1.0
    # With so much, its probability beside the best one's does not count.
    differing_logits_certain: float = 10.0
    # The least of a value of the same unit near by that is said of another year, whatever it is said with. With it, no
    # more of XQuAD-R's answers and of the pairs are said to differ than without: none of 4,553, and 2 of 49.
    differing_logits_dated: float = -9.0
    # Least similarity to the best sentence; from the second on (the third, with the same words of the question) it may
    # be as improbable as it likes, below, it has so much of the best one's probability at least. Chosen on answers to
    # texts that two authors and a stranger wrote, and on the pairs: of 25 that were said to differ and do not, 10 are
    # left, and of 55 contradictions all.
    differing_near: Share = 0.815
    differing_near_certain: Share = 0.915
    differing_near_asked: Share = 0.89
    differing_ratio: Share = 0.1
    # Least probability that it answers if the best one does not.
    differing_share: Share = 0.12
    # Least probability that it answers, rather than nothing: more likely than not. Of 36 contradictions of the pairs
    # the least has 0.63; of 15 that a stranger's questions were said to have, and had not, five have more than 0.5 and
    # are no rows of one table, which never contradict.
    differing_answers: Share = 0.5
    # Least probability that a question has only one right answer, for answers in words (rag/reader/single_answer.json).
    differing_single: Share = 0.5
    # Passages that are read more than `read_passages`, at most.
    differing_passages: Annotated[int, Field(ge=0)] = 2
    # The kind that a question asks for (somebody, a time, a place, a number) against the kind of a span.
    # asked_kind_bar: from here on a question whose interrogative does not tell ("In which year") asks for that kind.
    # Of 230 questions in 20 languages, written apart from those fitted on, 8 are taken for a wrong kind; 13 at 0.35.
    asked_kind_bar: Share = 0.45
    # A short answer is not given if the kind asked has less than answer_kind_bar among its four kinds, unless it is as
    # certain as certain_answer. Of spans that answered another kind of question, in articles held out, 17 in 100 are
    # above 0.05, of those that answered one of this kind 98.
    answer_kind_bar: Share = 0.05
    certain_answer: Share = 0.8
    # Nor is one given where another place of the sentence is nearly as likely, by less than this in nats. Of such, on
    # German XQuAD-R and GermanQuAD, 40 in 100 share no word with the expected answer, of the others 14.
    short_answer_lead: NotNegative = 0.7
    # Sentences that an answer is chosen from, the most probable.
    read_sentences: Count = 20
    # Applied to the reader's probabilities before they are compared with the bars below.
    calibration: Calibration = Field(default_factory=Calibration)
    # Least probability to answer at all. At 0.5 a wrong answer would cost as much as a right one withheld; it costs a
    # little less, since its sentence is there to be checked. Of the dialogues for building (short news, manuals,
    # letters) 360 of 389 turns are as they should be at 0.25 and 356 at 0.3.
    answer_bar: Share = 0.25
    # In a conversation the reader is asked a message with the turns before it. Where it is less sure than this then, it
    # is asked the message as rewritten by rules besides, which counts from `rewritten_bar` on; where it stands alone,
    # or a noun or an interrogative took the place of another, the surer of both does. Chosen on 518 turns of the held
    # files of training/written/: 83 % of the 402 that their text answers are answered rightly, 67 % of the 116 others
    # refused (benchmarks.written).
    context_bar: Share = 0.5
    rewritten_bar: Share = 0.8
    # From here on an abstention says that nothing is sure enough, and not that the article does not say. On the bundled
    # questions 1 of 13 abstentions from answerable ones is above it, and 35 of the 42 others are below.
    unsure_bar: Share = 0.1
    # Least probability to cite a sentence beside the best one. All sentences share one probability. On the development
    # half, German, where one sentence answers, another is cited in 27 % of the answers at 0.1, 19 at 0.15, 14 at 0.2
    # and 10 at 0.25, and is right in 20, 23, 29 and 29 %. (Judged by its probability without the best sentence, with
    # a bar of 0.8, another is cited in 16 % and right in 16 %.)
    further_bar: Share = 0.2
    max_citations: Count = 3
    # A message this probably about the articles as such or about all of one (kind_bar), or small talk (talk_bar), is
    # answered as that, at once; one that no sentence answers, from the bars for abstentions on. What goes on from the
    # turn before with an interrogative of its own ("wie denn dann?") needs talk_bar, and after an abstention kind_bar.
    # Figures: rag/conversation/intent.json. At 0.8 "can I return it?" was small talk at once. Chosen with the building
    # half of eval_questions.json's dialogues and 50 conversations in view.
    talk_bar: Share = 0.95
    kind_bar: Share = 0.8
    abstained_talk_bar: Share = 0.6
    abstained_kind_bar: Share = 0.5
    # A message this probably asks what is said of something ("tell me about the bridge"); where nothing answers it as
    # it stands, it is asked so. Of 37 such messages held out 29 are told, of 562 others 5 mistaken; of 2,442 questions
    # of XQuAD-R's development half 8.
    about_bar: Share = 0.25
    # The odds that a sentence answers one are so many times what the reader gives, which was trained on questions for
    # something particular. With them, of 56 names in German articles all are answered, and 0.95 of the same in English;
    # of 56 names of other articles 0.04 (benchmarks/about.py; some are there in another form).
    about_odds: Annotated[float, Field(ge=1)] = 6.0
    # From here on the language of what Beleg says itself is the message's by its meaning, below by its words. Of 499
    # messages held out in the seven languages, 484 are told at this bar and 2 mistaken; by their words, 423.
    language_bar: Share = 0.6
    # The same of a word or two without function words. "Öffnungszeiten" has 1.0, "1889" 0.74, "Kishida" 0.28.
    word_language_bar: Share = 0.9
    # An overview quotes at most this many sentences of one article, shared between several; of more articles than that,
    # one sentence each, of at most `overview_articles`. A list of titles ends there too.
    overview_sentences: Count = 4
    overview_articles: Count = 10
    # Sentences shown with an abstention.
    nearest_sentences: Annotated[int, Field(ge=0)] = 3
    # Of a question this long the encoder reads the first 512 tokens, about 2,000 characters.
    max_question_characters: Count = 4000
    llm: LLMSettings = Field(default_factory=LLMSettings)

    def check_index(self, made_with: IndexSettings, folder: Path | Address) -> None:
        """Raise SettingsError where these settings ask for another index than the one in a folder.

        Settings that leave the index at its default fit every index.
        """
        if self.index in (IndexSettings(), made_with):
            return
        wanted, has = asdict(self.index), asdict(made_with)
        name = next(name for name in has if has[name] != wanted[name])
        raise SettingsError(
            f"the settings have index.{name} {wanted[name]}, and the index {folder} was made with {has[name]}. "
            "Expected the same: drop index from the settings, or rebuild the index with them: beleg index build FILE… "
            f"{'--out' if isinstance(folder, Path) else '--to'} {folder} --settings SETTINGS",
            "settings-of-another-index",
            folder=folder,
            field=f"index.{name}",
            wanted=wanted[name],
            found=has[name],
        )

    def check_question(self, question: str) -> None:
        """Raise QuestionError for a question that is too long, empty, or no text."""
        # First the length: all that follows takes longer for more.
        if len(question) > self.max_question_characters:
            raise QuestionError(
                f"the question has {len(question)} characters. Expected at most {self.max_question_characters}; "
                "ask something shorter.",
                "question-too-long",
                characters=len(question),
                most=self.max_question_characters,
            )
        if has_mark_run(question):
            raise QuestionError(
                f"the question has more than {MAX_MARKS} combining marks in a row. Expected words; ask without them.",
                "question-of-marks",
                most=MAX_MARKS,
            )
        # An emoji is a message too (Unicode's "other symbols"); punctuation alone is not.
        if not any(c.isalnum() or unicodedata.category(c) == "So" for c in question):
            raise QuestionError(
                "the question is empty. Expected a question, for example: Wann trafen sie sich?", "question-empty"
            )


def read_settings(path: Path) -> Settings:
    """Read a settings file; fields that are not in it have their defaults.

    Raises:
        SettingsError: it is missing, not JSON, of another format, or has an unknown field, one given twice, one of the
            wrong type or one out of range.
    """
    kind = "a settings file, as 'beleg calibrate --out FILE' writes it"
    try:
        text = read_input(path).decode()
        data = json.loads(text, object_pairs_hook=lambda pairs: _each_once(pairs, path, text))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise _error(path, f"cannot be read: {reason}", kind, "unreadable", reason=reason) from error
    except (ValueError, RecursionError) as error:
        raise _error(path, f"is not JSON: {error}", kind, "not-json", reason=error) from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        found = f"has the format {data.get('format')!r}" if isinstance(data, dict) else f"is {_shown(data)}"
        raise _error(path, found, f'a JSON object with "format": "{FORMAT}"', "of-another-format", format=FORMAT)
    if unknown := data.keys() - {"format", "note", "settings"}:
        name, known = min(unknown), "format, note, settings"
        raise _error(path, f"has the unknown field {name!r}", known, "unknown-field", field=name, known=known)
    return settings_from_dict(data.get("settings", {}), path, text)


def write_settings(settings: Settings, path: Path, note: Mapping[str, object]) -> None:
    """Write the fields that differ from the defaults, whole or not at all; a file there is replaced.

    Args:
        note: plain JSON values that say how the settings came to be.

    Raises:
        SettingsError: the file cannot be written.
    """
    differing = _difference(asdict(settings), asdict(Settings()))
    data = {"format": FORMAT, "note": dict(note), "settings": differing}
    with whole_file(path, SettingsError) as scratch:
        scratch.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def settings_from_dict(data: object, path: Path, text: str = "") -> Settings:
    """Make Settings of a dict of all fields (`dataclasses.asdict`) or of those that differ from the defaults.

    Args:
        path: the file that it stands in, for messages.
        text: what is in that file, for the line in a message.

    Raises:
        SettingsError: a field is unknown, of the wrong type or out of range.
    """
    adapter = TypeAdapter(Settings)
    try:
        # From JSON, because strict validation takes no dict for a dataclass that is already in Python.
        settings = adapter.validate_json(json.dumps(_completed(data, asdict(Settings()))))
    except ValidationError as error:
        raise _named(error.errors(include_url=False)[0], adapter.json_schema(), path, text) from None
    index = settings.index
    if index.overlap_tokens >= index.passage_tokens:
        values = {"field": "index.overlap_tokens", "found": index.overlap_tokens, "limits": "< index.passage_tokens"}
        found, line = f"index.overlap_tokens is {index.overlap_tokens}", _line_of(("index", "overlap_tokens"), text)
        raise _error(path, found, "less than index.passage_tokens", "wrong-value", line, **values)
    return settings


def _completed(data: Any, default: Any) -> Any:
    """Return data with defaults for what is not in it; what does not fit is kept for the validation to find."""
    if not isinstance(default, dict) or not isinstance(data, dict):
        return data
    return default | {name: _completed(value, default.get(name)) for name, value in data.items()}


def _difference(settings: dict[str, Any], default: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _difference(value, default.get(name) or {}) if isinstance(value, dict) else value
        for name, value in settings.items()
        if name not in default or value != default[name]
    }


def _named(error: ErrorDetails, schema: dict[str, Any], path: Path, text: str) -> SettingsError:
    """Return pydantic's error as one that names file, line, field, what was found and what was expected."""
    at, found = tuple(map(str, error["loc"])), _shown(error["input"])
    parent, described = schema, schema
    for name in at:
        parent, described = described, described["properties"].get(name, {})
        if "$ref" in described:
            described = schema["$defs"][described["$ref"].rpartition("/")[2]]
    field, line = ".".join(at) or "settings", _line_of(at, text)
    if not described:
        known = list(parent["properties"])
        close = get_close_matches(at[-1], known, 1)
        expected = f"one of {', '.join(known)}" + (f". The closest is {close[0]}" if close else "")
        named = ", ".join(close or known)
        return _error(
            path, f"has the unknown field {field!r}", expected, "unknown-field", line, field=field, known=named
        )
    number = "whole number" if described.get("type") == "integer" else "number"
    low, high = described.get("minimum"), described.get("maximum")
    if "enum" in described:
        choices = [json.dumps(choice) for choice in described["enum"]]
        expected, limits = " or ".join(choices), " | ".join(choices)
    elif "properties" in described:
        expected, limits = "a JSON object", "{…}"
    elif error["type"] == "finite_number":
        expected, limits = "a finite number", "< ∞"
    elif high is not None:
        expected, limits = f"a {number} from {low} to {high}", f"{low} … {high}"
    elif low is not None:
        whole = number != "number"
        expected, limits = f"a {number} of at least {low}", f"{low}, {low + 1}, {low + 2} …" if whole else f"≥ {low}"
    else:
        expected, limits = f"a {number}", "-1.5, 0, 2 …"
    return _error(path, f"{field} is {found}", expected, "wrong-value", line, field=field, found=found, limits=limits)


def _each_once(pairs: list[tuple[str, Any]], path: Path, text: str) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if twice := [name for name in names if names.count(name) > 1]:
        found, places = f"has the field {twice[0]!r} twice", _places(twice[0], text)
        # With more than two, it is not known which two stand in one object.
        line = _line(places[1], text) if len(places) == 2 else None
        raise _error(path, found, "each field once", "field-twice", line, field=twice[0])
    return dict(pairs)


def _line_of(at: tuple[str, ...], text: str) -> int | None:
    """Return the line of a field of the settings, None where it is not found."""
    place = 0
    for name in ("settings", *at):
        place = next((found for found in _places(name, text) if found >= place), -1)
        if place < 0:
            return None
    return _line(place, text)


def _places(name: str, text: str) -> list[int]:
    return [found.start() for found in re.finditer(rf"{re.escape(json.dumps(name, ensure_ascii=False))}\s*:", text)]


def _line(place: int, text: str) -> int:
    return text.count("\n", 0, place) + 1


def _error(
    path: Path, found: str, expected: str, code: str, line: int | None = None, /, **values: object
) -> SettingsError:
    where = f"{path} line {line}" if line else f"{path}"
    return SettingsError(
        f"the settings {where}: {found}. Expected {expected}.", f"settings-{code}", path=path, **values
    )


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:37]}…"
