from __future__ import annotations

import pytest

from index import SentenceTransformerEncoder
from index.encoder import open_encoder
from rag import Assistant


@pytest.fixture(scope="session")
def encoder() -> SentenceTransformerEncoder:
    return open_encoder()


@pytest.fixture(scope="session")
def assistant() -> Assistant:
    return Assistant.open()
