"""Several articles with the same sentences: the one that a question names by its title answers."""

from __future__ import annotations

import pytest

from index import Article, EmbeddedEncoder, build_index
from rag import Assistant

MODELS = {"Amsel 10": ("3,1", "40"), "Amsel 20": ("3,6", "55"), "Dohle 7": ("4,2", "70")}


@pytest.fixture(scope="module")
def manuals(encoder: EmbeddedEncoder) -> Assistant:
    articles = [
        Article.read(
            f"Bedienungsanleitung\n\nDieses Gerät ist für den Haushalt bestimmt. Das Gerät wiegt {weight} kg. "
            f"Eine Ladung reicht für {minutes} Minuten. Der Filter wird monatlich gewaschen.",
            title=f"{name} – Bedienungsanleitung",
            language="de",
        )
        for name, (weight, minutes) in MODELS.items()
    ]
    return Assistant(build_index(articles, encoder), encoder)


@pytest.mark.parametrize("name", MODELS)
def test_the_article_that_is_named_answers_and_no_other_is_cited(manuals: Assistant, name: str) -> None:
    answer = manuals.ask(f"Wie viel kg wiegt der {name}?")
    assert not answer.abstained and answer.statements[0].text.startswith(MODELS[name][0])
    titles = {manuals.article(citation.article_id).title for citation in answer.citations}
    assert titles == {f"{name} – Bedienungsanleitung"}


def test_a_title_weighs_by_what_tells_it_from_the_others(manuals: Assistant) -> None:
    index = manuals.index
    shares = index.title_shares(index.passages[:, 0], index.question_stems("Was sagt die Bedienungsanleitung?"))
    assert (shares < 0.5).all(), "a word of all titles names none"
    named = index.title_shares(index.passages[:, 0], index.question_stems("Wie schwer ist die Dohle 7?"))
    assert named.argmax() == 2 and named[2] >= 0.5 and (named[:2] < 0.3).all()
