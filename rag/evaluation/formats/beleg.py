"""A file in Beleg's own format → a question set: which article each question is about, and where its evidence is."""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from index import Article
from index.article import normalise
from index.errors import QuestionSetError
from index.search.lexical import words
from rag.evaluation.formats.json_file import JsonPath, JsonSource, dotted, shown, together
from rag.evaluation.formats.question_file import DialogueItem, DialogueTurn, Piece, Question, QuestionFile, TurnPiece
from rag.evaluation.judge import UNSPACED
from rag.evaluation.questions import Dialogue, Evidence, GoldQuestion, GoldTurn, QuestionSet


def read_own(
    source: JsonSource, sha256: str, articles: Sequence[Article], *, limit: int | None = None, advice: str = ""
) -> QuestionSet:
    """Return the question set of a file in Beleg's own format.

    Args:
        articles: that the questions may be about. A single one is what they are about, whatever it is called. Of
            several, a question that names none is about the one that all its evidence is in.
        limit: the number of questions, and of dialogues, from the first; the others are checked all the same.
        advice: what to do where an article or a piece of evidence is not found.

    Raises:
        QuestionSetError: the file does not fit the models, an id stands twice, an article is not there or there are
            several of its name, or a piece of evidence is not in the article as often as it says.
    """
    file = source.checked(QuestionFile)
    own = _own_articles(source, file)
    own_ids = {article.id for article in own.values()}
    everything = [*(article for article in articles if article.id not in own_ids), *own.values()]
    reader = _Reader(source, file, articles, own, everything, advice)
    mistakes: list[QuestionSetError] = []
    questions: list[GoldQuestion] = []
    dialogues: list[Dialogue] = []
    for number, (item, name) in enumerate(zip(file.questions, _ids(source, file.questions), strict=True)):
        try:
            questions.append(reader.question(number, item, name))
        except QuestionSetError as error:
            mistakes.append(error)
    _check_unique(source, "dialogues", "id", [item.id for item in file.dialogues])
    for number, conversation in enumerate(file.dialogues):
        try:
            dialogues.append(reader.dialogue(number, conversation))
        except QuestionSetError as error:
            mistakes.append(error)
    if mistakes:
        raise together(source.name, mistakes)
    name = Path(source.name).name
    if not own and not dialogues:
        return QuestionSet.about(articles, questions[:limit], name, sha256)
    asked = QuestionSet.about(everything, questions[:limit], name, sha256)
    return asked.with_dialogues(dialogues[:limit], everything)


def _own_articles(source: JsonSource, file: QuestionFile) -> dict[str, Article]:
    """The articles that the file brings, by their names in it."""
    _check_unique(source, "articles", "name", [item.name for item in file.articles])
    found = {}
    for number, item in enumerate(file.articles):
        if not any(character.isalnum() for character in item.text):
            message = f"{shown(item.text)} has no words in it. Expected the article's text; correct it."
            raise source.error(
                ("articles", number, "text"), message, "own-article-without-words", text=shown(item.text)
            )
        found[normalise(item.name)] = Article.read(
            item.text, title=item.title, language=item.language, source=item.name
        )
    return found


def _check_unique(source: JsonSource, field: str, key: str, names: Sequence[str]) -> None:
    first: dict[str, int] = {}
    for number, name in enumerate(names):
        if first.setdefault(name, number) != number:
            other = dotted((field, first[name]))
            message = f"{shown(name)} is the {key} of {other} already. Expected unique ones; change one."
            raise source.error((field, number, key), message, f"{key}-twice", id=shown(name), other=other)


def _ids(source: JsonSource, items: Sequence[Question]) -> list[str]:
    """The questions' ids; where there is none, the question's place, counted from 1."""
    seen: dict[str, int] = {}
    for number, item in enumerate(items):
        if item.id in seen:
            other = dotted(("questions", seen[item.id]))
            message = f"{shown(item.id)} is the id of {other} already. Expected unique ids; change one."
            raise source.error(("questions", number, "id"), message, "id-twice", id=shown(item.id), other=other)
        if item.id:
            seen[item.id] = number
    return [item.id or _unused(str(place), seen) for place, item in enumerate(items, 1)]


def _unused(name: str, seen: Container[str]) -> str:
    names = chain([name], (f"{name}-{number}" for number in count(2)))
    return next(name for name in names if name not in seen)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Finds the articles of each question and dialogue, and the evidence there.

    Attributes:
        articles: that are given beside the file.
        own: that the file brings, by their names in it.
        everything: both.
    """

    source: JsonSource
    file: QuestionFile
    articles: Sequence[Article]
    own: Mapping[str, Article]
    everything: Sequence[Article]
    advice: str

    def question(self, number: int, item: Question, name: str) -> GoldQuestion:
        path = ("questions", number)
        article = self._article(path, item)
        return GoldQuestion(
            id=name,
            text=normalise(item.question),
            language=item.language or article.language,
            category=item.category,
            article_id=article.id,
            earlier=tuple(map(normalise, item.history)),
            answerable=item.answerable,
            answers=tuple(dict.fromkeys(map(normalise, item.answers))),
            evidence=tuple(
                self._evidence((*path, "evidence", place, "text"), article, piece)
                for place, piece in enumerate(item.evidence)
            ),
        )

    def dialogue(self, number: int, item: DialogueItem) -> Dialogue:
        path = ("dialogues", number)
        articles = [self._named((*path, "articles", place), name) for place, name in enumerate(item.articles)]
        return Dialogue(
            id=item.id,
            article_ids=tuple(dict.fromkeys(article.id for article in articles)),
            part=item.part,
            language=articles[0].language,
            turns=tuple(self._turn((*path, "turns", place), turn, articles) for place, turn in enumerate(item.turns)),
        )

    def _turn(self, path: JsonPath, item: DialogueTurn, articles: Sequence[Article]) -> GoldTurn:
        return GoldTurn(
            question=normalise(item.question),
            kind=item.kind,
            expects=item.expects,
            says=tuple(tuple(map(normalise, some)) for some in item.says),
            not_says=tuple(map(normalise, item.not_says)),
            short=item.short,
            short_without=tuple(map(normalise, item.short_without)),
            evidence=tuple(
                self._evidence((*path, "evidence", place, "text"), self._holding(path, place, piece, articles), piece)
                for place, piece in enumerate(item.evidence)
            ),
            language=item.language,
            differs=item.differs,
            unanswered=item.unanswered,
        )

    def _holding(self, path: JsonPath, place: int, piece: TurnPiece, articles: Sequence[Article]) -> Article:
        """The article of a dialogue that a piece of evidence is in."""
        if piece.article:
            named = self._named((*path, "evidence", place, "article"), piece.article)
            if named.id not in {article.id for article in articles}:
                known = ", ".join(repr(article.title) for article in articles)
                raise self.source.error(
                    (*path, "evidence", place, "article"),
                    f"{shown(piece.article)} is no article of this dialogue. Expected one of {known}; correct it, or "
                    'add it to "articles".',
                    "evidence-elsewhere",
                    name=shown(piece.article),
                    known=known,
                )
            return named
        if len(articles) == 1:
            return articles[0]
        return self._proving((*path, "evidence", place), [piece], articles)

    def _article(self, path: JsonPath, item: Question) -> Article:
        if item.article:
            return self._named((*path, "article"), item.article)
        if self.file.article and normalise(self.file.article) in self.own:
            return self.own[normalise(self.file.article)]
        if len(self.articles) == 1 and (self.file.article or not self.own):
            return self.articles[0]
        if self.file.article:
            return self._named(("article",), self.file.article)
        return self._proving(path, item.evidence, self.everything)

    def _named(self, path: JsonPath, name: str) -> Article:
        if normalise(name) in self.own:
            return self.own[normalise(name)]
        found = [article for article in self.everything if normalise(name) in _names(article)]
        if len(found) == 1:
            return found[0]
        if not found and name == self.file.article and len(self.articles) == 1:
            # What the file calls its article is the one that is given, whatever that one is called.
            return self.articles[0]
        known = ", ".join(repr(Path(article.source).name or article.title) for article in self.everything[:5])
        known += ", …" if len(self.everything) > 5 else ""
        raise self.source.error(
            path,
            f"{shown(name)} is the name of {len(found) or 'no'} article{'s' if found else ''}. Expected one of "
            f"{known}; correct it, or {self.advice or 'give its file'}.",
            "article-name",
            name=shown(name),
            n=len(found),
            known=known,
        )

    def _proving(self, path: JsonPath, pieces: Sequence[Piece], articles: Sequence[Article]) -> Article:
        """The only one of some articles that all pieces of evidence are in."""
        wanted = [(normalise(piece.text), piece.occurrence or 1) for piece in pieces]
        found = {
            article.id: article
            for article in articles
            if wanted and all(len(places(article.text, text)) >= often for text, often in wanted)
        }
        if len(found) == 1:
            return next(iter(found.values()))
        told = f"its evidence is in {len(found) or 'none'} of them" if wanted else "it has no evidence to tell by"
        raise self.source.error(
            path,
            f"does not say which of {len(articles)} articles it is about, and {told}. Expected "
            '"article", its title or file; add it.',
            "article-unclear",
            articles=len(articles),
            found=len(found),
        )

    def _evidence(self, path: JsonPath, article: Article, piece: Piece) -> Evidence:
        text, occurrence = normalise(piece.text), piece.occurrence
        found = places(article.text, text)
        times = f"{len(found)} time{'s' if len(found) > 1 else ''}"
        values = {"text": shown(text), "title": article.title, "n": len(found), "occurrence": occurrence}
        if not found:
            parts = parting(article.text, text) or ("" if self.advice else "copy them from it")
            raise self.source.error(
                path,
                f"{shown(text)} is not in the article {article.title!r}. Expected its own words, exactly; "
                f"{', or '.join(filter(None, (parts, self.advice)))}.",
                "evidence-not-found",
                **values,
            )
        if not occurrence and len(found) > 1:
            message = 'Expected "occurrence" beside it to say which (1 is the first); add it.'
            message = f"{shown(text)} is in the article {times}. {message}"
            raise self.source.error(path, message, "evidence-several-times", **values)
        if occurrence > len(found):
            message = (
                f"{shown(text)} is in the article {times}, not {occurrence}. Expected an occurrence that there is."
            )
            raise self.source.error(path, message, "evidence-not-so-often", **values)
        at = found[(occurrence or 1) - 1]
        return Evidence(article.id, at, at + len(text), group=piece.group)


def _names(article: Article) -> set[str]:
    path = Path(normalise(article.source))
    return {article.id, article.title, str(path), path.name, path.stem} - {"", "."}


# The share of a quotation's words that must be alike; with fewer, the place where they differ means nothing.
_ALIKE = 0.6
_SHOWN_BEFORE, _SHOWN_AFTER = 30, 20


def places(article_text: str, text: str) -> list[int]:
    """Return where a text begins in an article, each time.

    Within words ("Rat" in "Rathaus") it counts only where it is nowhere by itself. In scripts that write no blanks,
    each character is a word.
    """
    found = []
    at = article_text.find(text)
    while at >= 0:
        found.append(at)
        at = article_text.find(text, at + 1)
    whole = [at for at in found if _parts_words(article_text, at) and _parts_words(article_text, at + len(text))]
    return whole or found


def parting(article_text: str, text: str) -> str:
    """Say up to where an article says the same as a text, as a wrong dash is hard to see; "" for too little alike."""
    enough = max(1, _ALIKE * len(words(text)))
    for length in range(len(text) - 1, 0, -1):
        if not _parts_words(text, length):
            continue
        same = text[:length]
        if len(words(same)) < enough:
            break
        for at in places(article_text, same):
            end = at + length
            if _parts_words(article_text, at) and _parts_words(article_text, end):
                after = article_text[end : end + _SHOWN_AFTER]
                return f"after {shown(_last_words(same))} it {f'goes on {shown(after)}' if after else 'ends'}"
    return ""


def _last_words(text: str) -> str:
    start = max(0, len(text) - _SHOWN_BEFORE)
    return text[next(at for at in range(start, len(text) + 1) if _parts_words(text, at)) :].lstrip()


def _parts_words(text: str, at: int) -> bool:
    """Whether no word goes on across an offset."""
    return not (0 < at < len(text) and all(_joins(character) for character in text[at - 1 : at + 1]))


def _joins(character: str) -> bool:
    # Letters, the marks that belong to them, and digits; of scripts without blanks, none.
    return unicodedata.category(character)[0] in "LMN" and not UNSPACED.match(character)
