"""The small words of five languages: which language a question is in, and whether it points back at what was said.

A detector trained on running text is wrong on three words ("Wer traf Kishida?" is Uzbek to py3langid); the words that
every question is made of tell more. All are folded as `index.search.lexical.fold` does: no accents, ß as ss.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from index.search.lexical import words


@dataclass(frozen=True)
class FunctionWords:
    """The closed-class words of one language.

    Attributes:
        plain: question words, articles, prepositions, auxiliaries: they carry no topic.
        pronouns: stand for someone named earlier in the question, or else in the turn before.
        pointers: point back at what was said, whoever is named in the question.
        openings: a question that begins with one continues the one before.
    """

    plain: frozenset[str]
    pronouns: frozenset[str]
    pointers: frozenset[str]
    openings: frozenset[str]

    @cached_property
    def all(self) -> frozenset[str]:
        """Every word of the four kinds."""
        return self.plain | self.pronouns | self.pointers | self.openings


# Enough of a text to tell its script by.
SCRIPT_CHARACTERS = 400


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTION_WORDS = {
    "de": FunctionWords(
        plain=_set(
            "wer wen wem wessen was wann wo wohin woher wie warum wieso weshalb wozu wofur womit worauf woruber welche "
            "welcher welches welchem welchen viel viele lange oft weit genau noch sonst denn mehr der die das den dem "
            "des ein eine einen einem einer ist war sind waren hat haben hatte hatten wurde wurden wird werden kann "
            "konnte in im an am auf aus bei mit nach von vom zu zum zur um fur uber durch gegen ohne nicht ja nein "
            "bitte mal weiss man mir sag sage sagt sagen sagte tag tage tagen monat jahr uhrzeit ort grund zweck "
            "anlass laut so als sich alles eigentlich"
        ),
        pronouns=_set(
            "er sie ihn ihm ihr ihnen es sein seine seinem seinen seiner ihre ihrem ihren ihrer deren dessen"
        ),
        pointers=_set(
            "dieser diese dieses diesem diesen jener jene jenes dort da damals dabei dazu davon damit dafur dagegen "
            "darauf daruber dadurch daran darin daraus danach dahinter derselbe dieselbe beide beiden beides letzterer "
            "dies"
        ),
        openings=_set("und aber oder sondern auch nur sogar"),
    ),
    "en": FunctionWords(
        plain=_set(
            "who whom whose what when where why how which many much long often far exactly else more about the a an is "
            "was are were be been has have had did do does can could would in on at of from by with to for not no yes "
            "please tell me day date month year time place reason occasion purpose said say says"
        ),
        pronouns=_set("he she it they him her them his hers its their theirs"),
        pointers=_set("this these those that then both latter former there"),
        openings=_set("and but or so also only even"),
    ),
    "es": FunctionWords(
        plain=_set(
            "quien quienes que cuando donde por como cual cuales cuanto cuantos cuanta cuantas el la los las un una de "
            "del en con para fue es son hizo hicieron mas a al se sobre entre cuyo ha han era dijo dia mes ano lugar"
        ),
        pronouns=_set("ello ella ellos ellas lo le les su sus"),
        pointers=_set("eso esa ese esos esas esto esta este estos estas aquel aquella alli entonces"),
        openings=_set("y e pero o tambien solo"),
    ),
    "fr": FunctionWords(
        plain=_set(
            "qui quoi quand ou pourquoi comment quel quelle quels quelles combien que qu le la l les un une des du de "
            "d est etait sont a ont avec pour dans en par sur fait exactement s se ce dit jour mois annee lieu au aux"
        ),
        pronouns=_set("il elle ils elles lui leur leurs son sa ses"),
        pointers=_set("ca cela celui celle ceux ceci cette cet ces alors y"),
        openings=_set("et mais aussi seulement"),
    ),
    "it": FunctionWords(
        plain=_set(
            "chi cosa quando dove perche come quale quali quanto quanti quanta quante che il lo la i gli le un una uno "
            "di del della in con per da e era sono ha hanno su si al ai detto giorno mese anno luogo"
        ),
        pronouns=_set("lui lei loro gli suo sua suoi sue"),
        pointers=_set("esso essa questo questa questi queste quello quella allora ci"),
        openings=_set("e ma o anche solo"),
    ),
}


def question_language(folded_words: Sequence[str], prefer: str = "en") -> str:
    """Return the language, of the five, that most of a question's words are function words of; "" for none.

    Args:
        prefer: what to return when it is as likely as the best ("Was Kishida in Washington?").
    """
    counts = _counts(folded_words)
    most = max(counts.values())
    best = [language for language, count in counts.items() if count == most]
    if not most:
        return ""
    return prefer if prefer in best else best[0]


def is_foreign(question: str, language: str, script: str) -> bool:
    """Whether a question is in another language than an article.

    Between languages of one script this is seen only where the article's is one of the five: the small words of the
    others are too much like theirs (Portuguese and Spanish, Dutch and English).

    Args:
        language: the article's, ISO 639-1.
        script: the article's, as `script_of` names it.
    """
    own_script = script_of(question[:SCRIPT_CHARACTERS])
    if own_script and script and own_script != script:
        return True
    counts = _counts(words(question))
    return language in counts and counts[language] < max(counts.values())


@lru_cache(maxsize=4096)
def script_of(text: str) -> str:
    """Return the script that most letters of a text are in, as Unicode names it: "LATIN", "CJK"."""
    letters = [unicodedata.name(c, "").split(" ")[0].split("-")[0] for c in text if c.isalpha()]
    return max(sorted(set(letters)), key=letters.count, default="")


def _counts(folded_words: Sequence[str]) -> dict[str, int]:
    return {language: sum(word in known.all for word in folded_words) for language, known in FUNCTION_WORDS.items()}
