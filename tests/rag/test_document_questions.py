"""Records, mails and chats, asked as people ask them: the right record, header or message is cited."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag import Answer, Assistant

LOANS = {
    "library": "Kirseberg",
    "loans": [
        {"loan_id": "L-301", "reader": {"name": "Ida Holm"}, "title": "The Salt Road", "status": "returned"},
        {"loan_id": "L-302", "reader": {"name": "Per Dahl"}, "title": "Birds of the North", "status": "overdue"},
        {"loan_id": "L-303", "reader": {"name": "Maja Lind"}, "title": "Bread at Home", "status": "reserved"},
        {"loan_id": "L-304", "reader": {"name": "Nils Berg"}, "title": "Tides and Moons", "status": "lost"},
    ],
}
MAIL = """\
From: Agnes Thorne <agnes@light.example>
To: Rupert Vane <rupert@light.example>
Cc: Oda Krull <oda@light.example>
Subject: Opening of the lamp room
Date: Tue, 04 Mar 2025 09:12:00 +0000
Content-Type: text/plain; charset=utf-8

Dear Rupert,

the lamp room opens on 17 May at noon. Please ask Sven Holt to paint the stairs before that.

The coffee is paid by the council.

Agnes
"""
CHAT = """\
12/05/24, 18:00 - Messages and calls are end-to-end encrypted. No one outside of this chat can read or listen to them.
12/05/24, 18:01 - Helen created group "Street party"
12/05/24, 18:03 - Helen: Right, the street party is on the 8th of June. Who can do what?
12/05/24, 18:05 - Raj: I'll bring the folding tables, we have six of them in the shed
12/05/24, 18:06 - Moira: and I've got a gazebo if it rains
12/05/24, 18:12 - Tom B: <Media omitted>
12/05/24, 18:16 - Tom B: my nephew's band would play for us, and for free
12/05/24, 18:22 - Helen: I'm baking three lemon cakes on the day before the party
12/05/24, 18:40 - Moira: the form for closing the road is in, it costs £45
"""
TABLE = """\
# Spare parts

| Part | Order no. | Price EUR |
|---|---|---|
| Drum belt | 77-120 | 18.40 |
| Door seal | 77-131 | 42.00 |
| Filter | 77-155 | 6.75 |
"""


def asked(folder: Path, name: str, text: str, question: str) -> Answer:
    (folder / name).write_text(text, encoding="utf-8")
    return Assistant.from_files([folder / name]).ask(question)


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("What is the status of L-302?", "overdue"),
        ("status of L-304", "lost"),
        ("Who is the reader of Bread at Home?", "Maja Lind"),
        ("Which library is it?", "Kirseberg"),
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_a_record_is_asked(tmp_path: Path, indent: int | None, question: str, short: str) -> None:
    answer = asked(tmp_path, "loans.json", json.dumps(LOANS, indent=indent), question)
    first = answer.text.split("\n")[0]
    assert short in first and not answer.differs, answer.text
    assert len(answer.citations) == 1 and "{" not in answer.text


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("When does the lamp room open?", "17 May"),
        ("date of the opening", "17 May"),
        ("Who paints the stairs?", "Sven Holt"),
        ("When was it sent?", "04 Mar 2025"),
        ("When was this email sent?", "04 Mar 2025"),
        ("Who sent it?", "Agnes Thorne"),
        ("Who wrote this?", "Agnes Thorne"),
        ("Who received the email?", "Rupert Vane"),
    ],
)
def test_a_mail_answers_for_itself_and_not_for_what_it_speaks_of(tmp_path: Path, question: str, said: str) -> None:
    answer = asked(tmp_path, "post.eml", MAIL, question)
    assert said in answer.text.split("\n")[0] and not answer.differs, answer.text


@pytest.mark.parametrize(
    ("question", "speaker"),
    [
        ("who brings the tables?", "Raj"),
        ("who has a gazebo?", "Moira"),
        ("who bakes the cakes?", "Helen"),
        ("whose nephew plays in a band?", "Tom B"),
    ],
)
def test_who_says_so_is_the_answer_in_a_chat(tmp_path: Path, question: str, speaker: str) -> None:
    assert asked(tmp_path, "chat.txt", CHAT, question).text.startswith(f"{speaker} [1]\n")


def test_the_overview_of_a_chat_is_what_people_say(tmp_path: Path) -> None:
    answer = asked(tmp_path, "chat.txt", CHAT, "What is this chat about? Summarise it.")
    assert answer.kind == "overview" and len(answer.citations) > 2
    for said in ("encrypted", "created group", "omitted"):
        assert said not in answer.text


@pytest.mark.parametrize("question", ["L-302", "D-302", "Y-7", "302?"])
def test_a_number_is_of_no_language(tmp_path: Path, question: str) -> None:
    assert asked(tmp_path, "loans.json", json.dumps(LOANS), question).language == "en"


def test_rows_of_all_tables_are_shown_alike(tmp_path: Path) -> None:
    answer = asked(tmp_path, "parts.md", TABLE, "What does the door seal cost?")
    assert answer.text == "42.00 [1]\nDoor seal | 77-131 | 42.00 [1]"
    assert answer.citations[0].text == "| Door seal | 77-131 | 42.00 |"
    rows = "Part;Order no,;Price EUR\nDrum belt;77-120;18,40\nDoor seal;77-131;42,00\nFilter;77-155;6,75\n"
    assert asked(tmp_path, "parts.csv", rows, "price of the door seal").text.startswith("42,00 [1]\n")
