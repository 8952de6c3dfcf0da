"""The bundled questions: what they promise, and that they are found wherever Beleg is installed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from index import bundled_article
from index.errors import QuestionSetError
from index.search.lexical import words
from rag.conversation.language import FUNCTION_WORDS, script_of
from rag.evaluation.formats import bundled_question_file, read_question_set
from rag.evaluation.formats.json_file import parse
from rag.evaluation.formats.question_file import FORMAT, SCHEMA_FILE, QuestionFile, schema
from rag.evaluation.questions import QuestionSet

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def bundled() -> QuestionSet:
    return read_question_set(None)


def test_the_schema_is_one_and_the_file_fits_it() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    text = bundled_question_file().read_text(encoding="utf-8")
    jsonschema.validate(json.loads(text), schema(), cls=jsonschema.Draft202012Validator)
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n", "a change is to show as one"


def test_the_published_schema_is_the_models() -> None:
    command = 'python -c "from rag.evaluation.formats.question_file import write_schema; write_schema()"'
    assert json.loads(SCHEMA_FILE.read_text(encoding="utf-8")) == schema(), f"run: {command}"


@pytest.mark.parametrize(
    ("question", "fits"),
    [
        ({"answerable": True, "evidence": [{"text": "Ada", "occurrence": 1, "group": 0}]}, True),
        ({"answerable": False, "history": ["Wer?", {"question": "Und?"}]}, True),
        ({"answerable": True}, False),
        ({"answerable": True, "evidence": []}, False),
        ({"answerable": False, "evidence": [{"text": "Ada"}]}, False),
        ({"answerable": False, "answers": ["Ada"]}, False),
        ({"answerable": "no"}, False),
        ({"answerable": False, "history": [{"frage": "Und?"}]}, False),
        ({"answerable": False, "language": "German"}, False),
        ({"answerable": False, "id": None}, False),
        ({"answerable": False, "page": 3}, False),
        ({"answerable": True, "evidence": [{"text": " "}]}, False),
        ({"answerable": True, "evidence": [{"text": "Ada", "occurrence": 0}]}, False),
    ],
)
def test_the_schema_and_the_models_accept_the_same(question: dict[str, Any], fits: bool) -> None:
    content = {"$schema": "questions.schema.json", "format": FORMAT, "questions": [{"question": "Wer?", **question}]}
    assert jsonschema.Draft202012Validator(schema()).is_valid(content) == fits
    source = parse("q.json", json.dumps(content))
    if fits:
        source.checked(QuestionFile)
    else:
        with pytest.raises(QuestionSetError, match="^q.json line 1, questions"):
            source.checked(QuestionFile)


def test_every_piece_of_evidence_is_in_the_article(bundled: QuestionSet) -> None:
    article = bundled_article()
    written = {
        item["id"]: item for item in json.loads(bundled_question_file().read_text(encoding="utf-8"))["questions"]
    }
    assert bundled.article_ids == (article.id,) and bundled.article(article.id) == article
    assert [question.id for question in bundled.questions] == [*written]
    for question in bundled.questions:
        quoted = [article.text[piece.start : piece.end] for piece in question.evidence]
        assert quoted == [piece["text"] for piece in written[question.id]["evidence"]]
        assert question.answerable == bool(quoted) == bool(question.answers), question.id
        assert all(piece.article_id == question.article_id == article.id for piece in question.evidence)


def test_there_are_enough_of_every_kind(bundled: QuestionSet) -> None:
    kinds = Counter(question.category for question in bundled.questions)
    assert sum(kinds.values()) >= 112 and len({question.id for question in bundled.questions}) == len(bundled.questions)
    assert kinds.pop("unanswerable") >= 20
    assert set(kinds) == {
        "factoid", "quotation", "paraphrase", "two-sentence", "cross-lingual", "follow-up", "follow-up-standalone",
        "off-topic", "false-premise",
    }  # fmt: skip
    assert min(kinds.values()) >= 8
    assert len({question.text for question in bundled.questions if not question.earlier}) == sum(
        not question.earlier for question in bundled.questions
    )


def test_questions_come_in_many_languages_and_scripts(bundled: QuestionSet) -> None:
    foreign = [question for question in bundled.questions if question.category == "cross-lingual"]
    assert "de" not in {question.language for question in foreign}
    assert len({question.language for question in foreign}) >= 8
    assert len({script_of(question.text) for question in foreign}) >= 4
    assert len({q.language for q in bundled.questions if q.category == "unanswerable"}) >= 5


def test_what_the_kinds_mean(bundled: QuestionSet) -> None:
    said = set(words(bundled_article().text))
    for question in bundled.questions:
        groups = {piece.group for piece in question.evidence}
        assert (len(groups) > 1) == (question.category == "two-sentence"), question.id
        assert bool(question.earlier) == question.category.startswith("follow-up"), question.id
        if question.category in ("unanswerable", "off-topic", "false-premise"):
            assert not question.answerable, question.id
        if question.category == "paraphrase":
            shared = (set(words(question.text)) & said) - FUNCTION_WORDS["de"].all - {"zwischen"}
            assert not shared, question.id


def test_an_installed_beleg_finds_them_too(tmp_path: Path) -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    for package in wheel["packages"]:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    for source, target in wheel["force-include"].items():
        shutil.copy(ROOT / source, tmp_path / target)
    code = (
        "import sys; from rag.evaluation.formats import bundled_question_file, read_question_set as read; "
        "heavy = {'jsonschema', 'scipy', 'matplotlib', 'ir_measures', 'torch', 'faiss'} & set(sys.modules); "
        "print(bundled_question_file(), len(read(None).questions), heavy or '')"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    path, count, *heavy = ran.stdout.split()
    assert Path(path).is_relative_to(tmp_path) and int(count) == len(read_question_set(None).questions) and not heavy


def test_without_the_extra_it_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules |= dict.fromkeys(('ir_measures', 'jsonschema', 'matplotlib', 'scipy'))\n"
        "from index import BelegError\nfrom rag.evaluation import evaluate, read_question_set\n"
        "questions = read_question_set(None)\n"
        "try: evaluate(questions)\nexcept BelegError as error: print(error)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.fullmatch(r"ir_measures is not installed\. .*pip install 'beleg\[eval\]'\n", ran.stdout)
