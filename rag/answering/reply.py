"""What is said without a search: small talk, what Beleg is, and the articles as such. It cites nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence

from index import Article, Index
from rag.answer import Answer, Language, Turn
from rag.answering.messages import MESSAGES, percent, percent_space, shown_date
from rag.answering.overview import overview
from rag.conversation.intent import Intent
from rag.settings import Settings

# Languages written without spaces between words: their texts are measured in characters.
UNSPACED = frozenset({"zh", "ja", "th", "lo", "km", "my"})
# Adults read about 240 words of English a minute silently (Brysbaert 2019); of Chinese about 260 characters.
WORDS_A_MINUTE, CHARACTERS_A_MINUTE = 240, 260
# After these, the reply says what can be asked.
_THEN_WHAT_TO_ASK = frozenset({"greeting", "identity", "abilities", "chitchat"})


def reply(
    message: str, meant: Intent, turns: Sequence[Turn], index: Index, language: Language, settings: Settings
) -> Answer:
    """Return the answer to a message that was meant as anything but a question.

    Args:
        turns: those before it, oldest first.
        language: of the reply.
    """
    if meant.kind == "overview":
        before = next((turn.answer for turn in reversed(turns) if turn.answer and turn.answer.kind == "overview"), None)
        cited = len(before.citations) if before else 0
        of = {citation.article_id for citation in before.citations} if before and meant.topic else set()
        if len(of) == 1 < len(index.articles):
            # Shorter, of the one that was asked for.
            index = index.only([index.article_rows[of.pop()]])
        return overview(message, index, settings, meant.probability, language, meant.topic, cited)
    if meant.kind == "articles":
        text = _about_articles(meant.topic, index, language, settings)
    else:
        text = _talk(meant.topic, turns, index, language, settings)
    return Answer(
        question=message,
        read_as=message,
        text=text,
        abstained=False,
        confidence=meant.probability,
        language=language,
        kind=meant.kind,
    )


def _talk(topic: str, turns: Sequence[Turn], index: Index, language: Language, settings: Settings) -> str:
    messages = MESSAGES[language]
    if topic == "sure":
        return _how_sure(turns, language, settings)
    said: str = getattr(messages, topic)
    if topic not in _THEN_WHAT_TO_ASK:
        return said
    if len(index.articles) > 1:
        return f"{said} {messages.ask_several.format(n=len(index.articles))}"
    return f"{said} {messages.ask_one.format(title=_quoted(index.articles[0], language))}"


def _how_sure(turns: Sequence[Turn], language: Language, settings: Settings) -> str:
    """Say how sure the last answer is that was no small talk, and why."""
    messages = MESSAGES[language]
    answers = [turn.answer for turn in turns if turn.answer is not None and turn.answer.kind != "talk"]
    if not answers:
        return messages.sure_nothing
    before = answers[-1]
    if before.kind == "overview":
        return messages.sure_quoted
    if before.kind == "articles":
        return messages.sure_listed
    sure = percent(before.confidence, language)
    if before.abstained:
        bar = f"{round(100 * settings.answer_bar)}{percent_space(language)}%"
        return messages.sure_abstained.format(percent=sure, bar=bar)
    return messages.sure_answered.format(percent=sure, n=len(before.citations))


def _about_articles(topic: str, index: Index, language: Language, settings: Settings) -> str:
    messages, articles = MESSAGES[language], index.articles
    if topic in ("author", "date") and not is_noted(topic, articles):
        said: str = getattr(messages, topic)
        return said
    shown, others = articles[: settings.overview_articles], len(articles) - settings.overview_articles
    more = [messages.more.format(n=others)] if others > 0 else []
    if topic in ("count", "list"):
        titles = "; ".join([*(_quoted(article, language) for article in shown), *more])
        count = messages.count_one if len(articles) == 1 else messages.count_several
        return count.format(n=len(articles), titles=titles)
    lines = (_detail(topic, index, row, language) for row in range(len(shown)))
    return "\n".join([*lines, *more])


def is_noted(topic: str, articles: Sequence[Article]) -> bool:
    """Whether the details of an article say what is asked of the articles as such: who wrote one, or when."""
    return topic in ("author", "date") and any(getattr(article, topic) for article in articles)


def _detail(topic: str, index: Index, row: int, language: Language) -> str:
    """Return one line about an article: its length, language, source, author or date."""
    messages, article = MESSAGES[language], index.articles[row]
    title = _quoted(article, language)
    if topic == "author":
        return messages.author_known.format(title=title, author=article.author or "–")
    if topic == "date":
        return messages.date_known.format(title=title, date=shown_date(article.date, language) or "–")
    if topic == "language":
        return messages.language.format(title=title, language=_language_name(article.language, language))
    if topic == "source":
        return (
            messages.source.format(title=title, source=article.source)
            if article.source
            else (messages.source_unknown.format(title=title))
        )
    unspaced = article.language in UNSPACED
    count = sum(c.isalnum() for c in article.text) if unspaced else len(article.text.split())
    minutes = max(1, math.ceil(count / (CHARACTERS_A_MINUTE if unspaced else WORDS_A_MINUTE)))
    template = messages.length_characters if unspaced else messages.length
    return template.format(
        title=title,
        words=_number(count, language),
        sentences=_number(int(index.first_rows[row + 1] - index.first_rows[row]), language),
        minutes=minutes,
    )


def _quoted(article: Article, language: Language) -> str:
    return MESSAGES[language].quoted.format(title=article.title)


def _number(value: int, language: Language) -> str:
    from babel.numbers import format_decimal

    return format_decimal(value, locale=language)


def _language_name(code: str, language: Language) -> str:
    """Return what a language is called in another; its code where that is not known."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(code).get_language_name(language) or code
    except (UnknownLocaleError, ValueError):
        return code
