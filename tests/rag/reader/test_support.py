"""Whether a sentence says what a claim says."""

from __future__ import annotations

import pytest

from index.models.embedded_encoder import open_encoder
from index.splitting.sentences import split_sentences
from rag.reader.support import support
from rag.reader.trained import passage_reader

TEXT = (
    "Die Brücke über die Alda wurde 1911 eröffnet. Sie ist 240 Meter lang und hat zwölf Bögen. "
    "Entworfen hat sie die Ingenieurin Klara Voss."
)


@pytest.mark.parametrize(
    ("claim", "other", "sentence"),
    [
        ("Die Brücke über die Alda wurde 1911 eröffnet.", "Die Brücke über die Alda wurde 1931 eröffnet.", 0),
        ("The bridge was opened in 1911.", "The bridge was opened in 1931.", 0),
        ("Sie ist 240 Meter lang.", "Sie ist 420 Meter lang.", 1),
        ("Sie ist 240 Meter lang und hat zwölf Bögen.", "Sie ist 240 Meter lang und hat keine zwölf Bögen.", 1),
    ],
)
def test_a_sentence_supports_what_it_says_and_not_what_differs(claim: str, other: str, sentence: int) -> None:
    reader = passage_reader(open_encoder())
    spans = [one.span for one in split_sentences(TEXT, "de")]
    right, wrong = (support(reader, text, TEXT, spans) for text in (claim, other))
    assert right.shape == (3,) and int(right.argmax()) == sentence
    assert right[sentence] > 0.5 > wrong.max()
