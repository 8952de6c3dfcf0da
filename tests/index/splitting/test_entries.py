"""Where what somebody says begins, in an entry of a chat."""

from __future__ import annotations

import pytest

from index.splitting.entries import said_from


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("[12.05.24, 18:03] Jonas: ich komme", "ich komme"),
        ("[12.05.24, 18:03:11] Tom B.: ja: sicher", "ja: sicher"),
        ("12/05/24, 18:03 - Moira: did that", "did that"),
        ("5/12/24, 6:03 PM - Moira: did that", "did that"),
        ("\u200e[12.05.24, 18:03] ~ Ida: \u200eimage omitted", "\u200eimage omitted"),
        ("[2024-09-02, 09:14] +49 171 5550199: wer ist da?", "wer ist da?"),
        ("[18:03] Jonas: ich komme", "ich komme"),
        ("Jonas (18:03): ich komme", "ich komme"),
        ("[12.05.24, 18:03] Jonas joined", ""),
        ("12.05.24, 18:03 - Messages are encrypted. Nobody can read: them", ""),
        ("[12.05.24, 18:03] Jonas:", ""),
        ("Jonas: ich komme", ""),
        ("Date: Thursday 6 February, 7 pm", ""),
        ("10:15 Opening", ""),
        ("", ""),
    ],
)
def test_what_is_said_stands_behind_time_and_speaker(entry: str, said: str) -> None:
    at = said_from(entry)
    assert (entry[at:] if at else "") == said
