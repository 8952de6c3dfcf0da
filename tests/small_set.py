"""A question set small enough to evaluate in seconds, with one question of each kind."""

from __future__ import annotations

from dataclasses import replace

from index import Article
from rag.evaluation import Dialogue, Evidence, GoldQuestion, GoldTurn, QuestionSet

BREAD = Article.read(
    "Brot backt man bei 230 Grad. Der Teig ruht vorher eine Stunde.\n\n"
    "Sauerteig braucht drei Tage. Er wird jeden Tag mit Mehl und Wasser gefüttert.\n\n"
    "Die Bäckerei Huber wurde 1896 in Passau gegründet. Sie gehört heute der Enkelin des Gründers, Anna Huber. "
    "Ihr Bruder Karl führt das Café nebenan.",
    title="Brot",
    language="de",
)
TOWER = Article.read(
    "The tower is 330 metres tall.\n\nIt was built by Gustave Eiffel's company in 1889. Painters repaint it every seven "
    "years with sixty tonnes of paint.",
    title="Tower",
    language="en",
)
# Without its first paragraph, which says how tall it is.
TOWER_WITHOUT = Article.read(TOWER.text.split("\n\n", 1)[1], title="Tower", language="en")
# Two more, as texts that a user adds.
RIVER = "Die Weser\n\nDie Weser mündet bei Bremerhaven in die Nordsee. Sie ist 451 Kilometer lang.\n"
LAKE = "Der Bodensee ist 63 Kilometer lang. An ihm liegen drei Länder."
ARTICLES = {article.id: article for article in (BREAD, TOWER, TOWER_WITHOUT)}


def gold(article: Article, text: str, group: int = 0) -> Evidence:
    start = article.text.index(text)
    return Evidence(article.id, start, start + len(text), group=group)


QUESTIONS = (
    GoldQuestion(
        "heat", "Bei wie viel Grad backt man Brot?", "de", "factoid", BREAD.id,
        answers=("230 Grad", "230"), evidence=(gold(BREAD, "230 Grad"),),
    ),
    GoldQuestion(
        "founded", "Wann wurde die Bäckerei Huber gegründet?", "de", "factoid", BREAD.id,
        answers=("1896",), evidence=(gold(BREAD, "1896"),),
    ),
    GoldQuestion(
        "where", "Und wo?", "de", "follow-up", BREAD.id, earlier=("Wann wurde die Bäckerei Huber gegründet?",),
        answers=("Passau",), evidence=(gold(BREAD, "Passau"),),
    ),
    GoldQuestion(
        "family", "Wem gehören die Bäckerei und das Café?", "de", "two sentences", BREAD.id,
        answers=("Anna Huber",), evidence=(gold(BREAD, "Anna Huber", 0), gold(BREAD, "Bruder Karl", 1)),
    ),
    GoldQuestion("car", "Was kostet ein neues Auto in Japan?", "de", "unanswerable", BREAD.id, answerable=False),
    # The answer to this one is put where no retrieval would look.
    GoldQuestion(
        "mislaid", "How many tonnes of paint does it take?", "en", "factoid", TOWER.id,
        answers=("330",), evidence=(Evidence(TOWER.id, 29, 31),),
    ),
    GoldQuestion(
        "tall", "How tall is the tower?", "en", "factoid", TOWER.id,
        answers=("330 metres",), evidence=(gold(TOWER, "330 metres"),),
    ),
    GoldQuestion(
        "tall#without", "How tall is the tower?", "en", "unanswerable", TOWER_WITHOUT.id, answerable=False, pair="tall"
    ),
)  # fmt: skip


def small_set(*ids: str) -> QuestionSet:
    """Return the questions of these ids, or all."""
    chosen = tuple(question for question in QUESTIONS if not ids or question.id in ids)
    return QuestionSet(
        name="small.json",
        sha256="0" * 64,
        grain="sentences",
        article_ids=tuple(dict.fromkeys(question.article_id for question in chosen)),
        article=ARTICLES.__getitem__,
        questions=chosen,
    )


DIALOGUES = (
    Dialogue("bakery", (BREAD.id,), "building", "de", (
        GoldTurn(
            question="Wann wurde die Bäckerei Huber gegründet?", kind="plain", expects="answer",
            says=(("1896",),), evidence=(gold(BREAD, "1896"),),
        ),
        GoldTurn(question="Und wo?", kind="follow-up", expects="answer", says=(("Passau", "Linz"),)),
        GoldTurn(question="Was kostet ein neues Auto in Japan?", kind="off topic", expects="abstention"),
    )),
    # Neither article says so: no change makes these two turns right.
    Dialogue("both", (BREAD.id, TOWER.id), "measuring", "de", (
        GoldTurn(question="How tall is the tower?", kind="plain", expects="answer", says=(("330 metres",), ("Quark",))),
        GoldTurn(question="?", kind="off topic", expects="abstention"),
    )),
)  # fmt: skip


def small_dialogues(*ids: str) -> QuestionSet:
    """Return these questions, or none, and all dialogues."""
    questions = small_set(*ids) if ids else replace(small_set(), questions=())
    return replace(questions, name="dialogues.json", dialogues=DIALOGUES)
