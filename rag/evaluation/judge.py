"""Holds what a question got against what it should have got → its Outcome.

Exact match and token F1 of short answers are as SQuAD counts them, in any language. For English the normalisation is
that of SQuAD v1.1's script (Rajpurkar et al. 2016, arXiv 1606.05250), to the letter. Other languages follow MLQA's
(Lewis et al. 2020, arXiv 1910.07475): punctuation by Unicode category, each language's own articles, and characters as
tokens where words are written without spaces.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from index import Article
from rag.answer import Answer, Citation, Hit
from rag.assistant import Assistant
from rag.evaluation.outcome import Outcome, Quote
from rag.evaluation.questions import Evidence, GoldQuestion
from rag.evaluation.subjects import Asked

CONTEXT_CHARACTERS = 200
LONGEST_WORD = 40
# Longer gold, such as a whole article, is cut for display.
GOLD_CHARACTERS = 400
SHOWN_SENTENCES = 3
_ARTICLES = {
    "en": "a an the",
    "de": "ein eine einen einem eines einer der die das den dem des",
    "es": "un una unos unas el la los las",
    "fr": "un une le la les l",
    "it": "un uno una il lo la i gli le l",
    "pt": "um uma uns umas o a os as",
    "nl": "de het een",
    "vi": "của là cái chiếc những",
}
_ARTICLE = {language: re.compile(rf"\b(?:{'|'.join(some.split())})\b") for language, some in _ARTICLES.items()}
# Chinese and Japanese characters, kana, and the scripts of Thai, Lao, Burmese and Khmer: each is a token.
UNSPACED = re.compile(
    r"([\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
    r"\U00020000-\U0003ffff])"
)


def exact_match(given: str, answers: Sequence[str], language: str) -> float:
    """Return 1 where the answer is, normalised, one of the expected ones, else 0.

    Args:
        language: ISO 639-1 code of the answers; the language's "the" and "a" are not compared.
    """
    return _best(lambda expected: float(tokens(given, language) == tokens(expected, language)), answers)


def f1(given: str, answers: Sequence[str], language: str) -> float:
    """Return the harmonic mean of the precision and recall of tokens, 0 to 1, for the expected answer that fits."""
    return _best(lambda expected: _overlap(tokens(given, language), tokens(expected, language)), answers)


def tokens(text: str, language: str) -> list[str]:
    """Return what is compared of an answer: folded words, without punctuation and articles."""
    if language == "en":
        # SQuAD's own: ASCII punctuation only, and no case folding beyond `lower`.
        plain = "".join(c for c in text.lower() if c not in string.punctuation)
    else:
        folded = unicodedata.normalize("NFC", text.casefold())
        if language in ("fr", "it"):
            # "l'Italia" is two words.
            folded = re.sub("['’]", " ", folded)
        plain = "".join(c for c in folded if not _is_punctuation(c))
    if language in _ARTICLE:
        plain = _ARTICLE[language].sub(" ", plain)
    return (plain if language == "en" else UNSPACED.sub(r" \1 ", plain)).split()


def _is_punctuation(character: str) -> bool:
    return character in string.punctuation or unicodedata.category(character).startswith("P")


def _overlap(given: list[str], expected: list[str]) -> float:
    shared = (Counter(given) & Counter(expected)).total()
    if not shared:
        return 0.0
    precision, recall = shared / len(given), shared / len(expected)
    return 2 * precision * recall / (precision + recall)


def _best(score: Callable[[str], float], answers: Sequence[str]) -> float:
    return max((score(expected) for expected in answers), default=0.0)


def citation_measures(citations: Sequence[Citation] | None, evidence: Sequence[Evidence]) -> dict[str, float]:
    """Return how well the citations of an answer match the gold evidence, by measure; those that apply.

    Args:
        citations: None where it abstained.
        evidence: empty where nothing answers the question.
    """
    found: dict[str, float] = {}
    cited = citations or ()
    right = [_is_gold(citation, evidence) for citation in cited]
    precision = sum(right) / len(right) if right else 0.0
    if citations is not None:
        found["citation precision"] = precision
        found["citations per answer"] = float(len(cited))
        found["characters per answer"] = float(sum(citation.end - citation.start for citation in cited))
    if evidence:
        groups = {gold.group for gold in evidence}
        covered = {gold.group for gold in evidence if any(_is_gold(citation, [gold]) for citation in cited)}
        recall = len(covered) / len(groups)
        found["citation recall"] = recall
        found["citation F1"] = 2 * precision * recall / (precision + recall) if precision and recall else 0.0
    return found


def prose_measures(answer: Answer, evidence: Sequence[Evidence]) -> dict[str, float]:
    """Return what became of an LLM's statements, by measure; nothing where it was not asked.

    Args:
        evidence: empty where nothing answers the question: no sentence that prose cites is right then.
    """
    if answer.llm is None or answer.llm.outcome == "not asked":
        return {}
    if answer.llm.outcome == "failed":
        return {"prose failed": 1.0}
    prose, written = answer.prose, len(answer.prose) + len(answer.withheld)
    found = {"prose": float(bool(prose)), "prose failed": 0.0, "prose statements": float(written)}
    if written:
        found["prose supported"] = len(prose) / written
    cited = [citation for statement in prose for citation in statement.citations]
    of_citations = citation_measures(cited if prose else None, evidence)
    kept = {"prose precision": "citation precision", "prose recall": "citation recall"}
    return found | {name: of_citations[one] for name, one in kept.items() if one in of_citations}


def judge(
    question: GoldQuestion, asked: Asked, assistant: Assistant, article: Article | None, retrieval: Mapping[str, float]
) -> Outcome:
    """Return what became of a question.

    Args:
        article: that the question belongs to, or that its first piece of evidence is in.
        retrieval: the question's retrieval measures, which become part of the outcome's.
    """
    answer, evidence = asked.answer, question.evidence
    # Small talk and what is said about the articles as such are not from them: they answer no question of a set.
    mistaken = answer is not None and answer.kind in ("talk", "articles")
    answered = answer is not None and not answer.abstained and not mistaken
    best = _most_probable(answer) or next(iter(asked.hits), None)
    right = best is not None and _is_gold(best, evidence)
    measures = {**retrieval, **citation_measures(answer.citations if answer and answered else None, evidence)}
    measures |= prose_measures(answer, evidence) if answer else {}
    short = _short_answer(answer, assistant)
    if question.answerable:
        measures["answered"] = float(answered)
        if evidence:
            complete = right and answered and measures["citation recall"] == 1
            measures |= {"best right": float(right), "right": float(right and answered), "complete": float(complete)}
        if question.answers:
            text = _said(answer, short)
            language = article.language if article else question.language
            for prefix, given in (("", short), ("text ", text)):
                measures[f"{prefix}EM"] = exact_match(given, question.answers, language) if answered else 0.0
                measures[f"{prefix}F1"] = f1(given, question.answers, language) if answered else 0.0
    else:
        measures["refused"] = measures["abstention recall"] = float(not answered)
    if answered and (evidence or not question.answerable):
        measures["precision"] = float(right)
    if not answered:
        measures["abstention precision"] = float(not question.answerable)
    gold = tuple(_gold_quote(piece, assistant, article) for piece in evidence)
    before, after = _context(gold[0], article) if gold and article and gold[0].article_id == article.id else ("", "")
    return Outcome(
        id=question.id,
        question=question.text,
        earlier=question.earlier,
        language=question.language,
        category=question.category,
        article_id=article.id if article else "",
        article_title=article.title if article else "",
        answerable=question.answerable,
        answers=question.answers,
        gold=gold,
        answered=answered,
        confidence=answer.confidence if answer is not None else 0.0,
        text=answer.text if answer is not None else "",
        short_answer=short,
        citations=tuple(_quote(c) for c in answer.citations) if answer is not None else (),
        nearest=tuple(_quote(hit) for hit in asked.hits[:SHOWN_SENTENCES]),
        context_before=before,
        context_after=after,
        seconds=asked.seconds,
        measures=measures,
        failure="mistaken" if mistaken and question.answerable else _failure(question, asked, answered, measures),
        pair=question.pair,
    )


def _failure(question: GoldQuestion, asked: Asked, answered: bool, measures: Mapping[str, float]) -> str:
    if not question.answerable:
        return "answered the unanswerable" if answered else ""
    if question.evidence and not any(_is_gold(hit, question.evidence) for hit in asked.hits):
        return "not retrieved"
    if not answered:
        return "abstained"
    if not question.evidence or measures["complete"]:
        return ""
    return "incomplete" if measures["right"] else "wrong sentence"


def _most_probable(answer: Answer | None) -> Hit | Citation | None:
    """The sentence that `Answer.confidence` is about."""
    if answer is None:
        return None
    if answer.abstained:
        return next(iter(answer.nearest), None)
    # The support of prose is another probability: that its sentences say the same.
    cited = [one for one in answer.statements if one.citations and one.kind == "quotation"]
    return max(cited, key=lambda statement: statement.support).citations[0] if cited else None


def _is_gold(place: Hit | Citation, evidence: Sequence[Evidence]) -> bool:
    return any(piece.overlaps(place.article_id, place.start, place.end) for piece in evidence)


def _short_answer(answer: Answer | None, assistant: Assistant) -> str:
    if answer is None or answer.span is None or not answer.citations:
        return ""
    start, end = answer.span
    return assistant.article(answer.citations[0].article_id).text[start:end]


def _said(answer: Answer | None, short: str) -> str:
    """Return the quotations of an answer without the short answer, which the cited sentence repeats."""
    if answer is None:
        return ""
    texts = [statement.text for statement in answer.statements if statement.kind == "quotation"]
    return " ".join(texts[1:] if short and len(texts) > len(answer.citations) else texts)


def _quote(place: Hit | Citation) -> Quote:
    return Quote(place.article_id, place.sentence_index, place.start, place.end, place.text)


def _gold_quote(piece: Evidence, assistant: Assistant, article: Article | None) -> Quote:
    row = assistant.index.article_rows.get(piece.article_id)
    if row is not None:
        text = assistant.articles[row].text
    else:
        text = article.text if article and article.id == piece.article_id else ""
    end = min(piece.end, piece.start + GOLD_CHARACTERS)
    sentence = _sentence_of(piece, assistant, row)
    return Quote(piece.article_id, sentence, piece.start, end, text[piece.start : end], piece.group)


def _sentence_of(piece: Evidence, assistant: Assistant, row: int | None) -> int:
    """The number of the sentence that a piece of evidence lies in; -1 where it is in none or in more than one."""
    if row is None:
        return -1
    first, end = assistant.index.first_rows[row], assistant.index.first_rows[row + 1]
    spans = assistant.index.sentences[first:end, 1:3]
    inside = ((spans[:, 0] <= piece.start) & (spans[:, 1] >= piece.end)).nonzero()[0]
    return int(inside[0]) if len(inside) else -1


def _context(gold: Quote, article: Article) -> tuple[str, str]:
    begin, end = max(0, gold.start - CONTEXT_CHARACTERS), min(len(article.text), gold.end + CONTEXT_CHARACTERS)
    before, after = article.text[begin : gold.start], article.text[gold.end : end]
    # Cut between words, where the script has any.
    if begin:
        before = before[_first_space(before) :]
    if end < len(article.text):
        after = after[: len(after) - _first_space(after[::-1])]
    return before, after


def _first_space(text: str) -> int:
    found = next((place for place, character in enumerate(text) if character.isspace()), 0)
    return found if found <= LONGEST_WORD else 0
