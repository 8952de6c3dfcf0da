"""Small inputs of the kinds that people report of such tools, which lie outside the repository: shared/cases beside it.

BELEG_SHARED names the folder where it is another than `shared` beside the repository. `python -m benchmarks.real_use
FILE` prints the same cases with what is answered.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from benchmarks.real_use import RealUse, complaints, split_into

SHARED = Path(os.environ.get("BELEG_SHARED") or Path(__file__).parent.parent.parent / "shared")
CASES = SHARED / "cases" / "real_use.json"
# What these kinds need is not built yet.
LATER = {
    "table": "a table's row is no sentence of its own yet",
    "which article": "a passage is not read under its article's title yet",
    "broken words": "hyphens at the ends of lines, and soft ones, are not joined yet",
    "sentences": "abbreviations, chats and lists of fields are not split well yet",
}

pytestmark = pytest.mark.skipif(not CASES.exists(), reason="no cases/real_use.json in the folder BELEG_SHARED")
_written: dict[str, list[dict[str, Any]]] = (
    json.loads(CASES.read_text(encoding="utf-8")) if CASES.exists() else {"cases": [], "sentences": []}
)


def parameters(cases: list[dict[str, Any]]) -> list[Any]:
    """Return the cases by kind and number, those of a kind that comes later marked as expected to fail."""
    found = []
    for number, case in enumerate(cases, start=1):
        kind = case.get("kind", "sentences")
        marks = [pytest.mark.xfail(reason=LATER[kind], strict=False)] if kind in LATER else []
        found.append(pytest.param(case, id=f"{number}-{kind}", marks=marks))
    return found


@pytest.fixture(scope="module")
def real_use() -> RealUse:
    return RealUse(CASES)


@pytest.mark.parametrize("case", parameters(_written["cases"]))
def test_the_last_turn_is_answered_as_expected(case: dict[str, Any], real_use: RealUse) -> None:
    answer, short = real_use.answer(case)
    assert not complaints(case["expect"], answer, short), (case["turns"], short, answer.text)


@pytest.mark.parametrize("case", parameters(_written["sentences"]))
def test_a_text_is_split_into_its_sentences(case: dict[str, Any]) -> None:
    assert split_into(case) == case["sentences"]
