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
pytestmark = pytest.mark.skipif(not CASES.exists(), reason="no cases/real_use.json in the folder BELEG_SHARED")
_written: dict[str, list[dict[str, Any]]] = (
    json.loads(CASES.read_text(encoding="utf-8")) if CASES.exists() else {"cases": [], "sentences": []}
)


def parameters(cases: list[dict[str, Any]]) -> list[Any]:
    """Return the cases, each named by its number and kind."""
    return [
        pytest.param(case, id=f"{number}-{case.get('kind', 'sentences')}") for number, case in enumerate(cases, start=1)
    ]


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
