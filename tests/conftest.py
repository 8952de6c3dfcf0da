from __future__ import annotations

import pytest

from index import SentenceTransformerEncoder
from rag import Assistant


@pytest.fixture(scope="session")
def encoder() -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder()


@pytest.fixture(scope="session")
def assistant() -> Assistant:
    return Assistant.open()
