"""Mails: header lines, the text, what it quotes, and what is refused."""

from __future__ import annotations

import json
import os
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from index import Article, ArticleError
from index.documents.mail import read

SHARED = Path(os.environ.get("BELEG_SHARED") or Path(__file__).parents[4] / "shared")
DOCUMENTS = SHARED / "documents"
EXPECTED: dict[str, Any] = (
    json.loads((DOCUMENTS / "expectations.json").read_text(encoding="utf-8"))
    if (DOCUMENTS / "expectations.json").exists()
    else {}
)


def mail(text: str = "", **headers: str) -> EmailMessage:
    message = EmailMessage()
    shown = {"From": "Jörg Müller <joerg@example.org>", "To": "a@example.org, b@example.org", "Subject": "Die Brücke"}
    for name, value in {**shown, "Date": "Mon, 03 Oct 2022 23:30:00 +0200", **headers}.items():
        message[name.replace("_", "-")] = value
    if text:
        message.set_content(text)
    return message


def blocks(article: Article, kind: str = "") -> list[str]:
    return [article.text[b.start : b.end] for b in article.blocks if not kind or b.kind == kind]


def test_a_mail_says_who_wrote_what_to_whom_and_when() -> None:
    article = read(bytes(mail("Die Brücke wird im Mai gesperrt.\n")), "bruecke.eml")
    assert (article.title, article.author, article.date) == ("Die Brücke", "Jörg Müller", "2022-10-03")
    assert blocks(article, "heading") == ["Die Brücke"]
    assert blocks(article, "row") == [
        "Diese E-Mail wurde gesendet von | gesendet am",
        "Jörg Müller <joerg@example.org> | Mon, 03 Oct 2022 23:30:00 +0200",
        "Diese E-Mail haben erhalten",
        "a@example.org, b@example.org",
    ]
    assert blocks(article)[-1] == "Die Brücke wird im Mai gesperrt."


def test_a_header_is_in_the_language_of_the_text_and_without_what_is_missing() -> None:
    message = mail("<p>The bridge will be closed in May, as the council decided last week.</p>", Cc="c@example.org")
    del message["To"], message["Date"]
    message.set_type("text/html")
    article = read(bytes(message), "bridge.eml")
    rows = blocks(article, "row")
    assert rows == ["This email was sent by", "Jörg Müller <joerg@example.org>", "copy (Cc) to", "c@example.org"]
    del message["Subject"], message["From"], message["Cc"]
    assert [block.kind for block in read(bytes(message), "bridge.eml").blocks] == ["paragraph"]


def test_quoted_replies_are_blocks_of_their_own() -> None:
    text = (
        "Yes, in May.\n\nOn Sun, 2 Oct 2022 at 10:00, Jane Doe\n<jane@example.org> wrote:\n> When will it be closed?\n> And for how\n"
        "> long?\n>\n> Jane\n>> It will be closed.\n\nThat is all.\n\nAm 01.10.2022 um 09:00 schrieb Max:\n> Hallo!\n-- \nJörg Müller\nTel. 0123"
    )
    assert blocks(read(bytes(mail(text)), "r.eml"))[5:] == [
        "Yes, in May.",
        "On Sun, 2 Oct 2022 at 10:00, Jane Doe\n<jane@example.org> wrote:",
        "> When will it be closed?\nAnd for how\nlong?",
        "> Jane",
        ">> It will be closed.",
        "That is all.",
        "Am 01.10.2022 um 09:00 schrieb Max:",
        "> Hallo!",
        "Jörg Müller",
        "Tel. 0123",
    ]


def test_the_header_that_outlook_puts_above_a_quotation_is_lines() -> None:
    text = "Gut.\n\n-----Ursprüngliche Nachricht-----\nVon: Max <max@example.org>\nGesendet: Montag, 3. Oktober 2022\nBetreff: Brücke\n\nWann?"
    article = read(bytes(mail(text)), "o.eml")
    assert blocks(article, "line") == [
        "-----Ursprüngliche Nachricht-----",
        "Von: Max <max@example.org>",
        "Gesendet: Montag, 3. Oktober 2022",
        "Betreff: Brücke",
    ]
    assert blocks(article)[-1] == "Wann?"


def test_the_plain_text_is_read_not_its_html_and_attachments_are_named() -> None:
    message = mail("The plain text.\n")
    message.add_alternative("<p>The HTML text.</p>", subtype="html")
    message.add_attachment("secret,1\n", subtype="csv", filename="Zahlen für 2022.csv")
    inner = mail("The inner text.", Subject="The forwarded one")
    message.add_attachment(inner)
    article = read(bytes(message), "m.eml")
    assert "The plain text." in article.text
    assert not {"The HTML text.", "secret", "The inner text."} & set(article.text.split("\n"))
    assert blocks(article, "line")[-2:] == ["Attachment: Zahlen für 2022.csv", "Attachment: The forwarded one"]


def test_a_mail_of_html_only_is_read_with_its_structure() -> None:
    message = mail()
    message.set_content(
        "<html><body><h1>Offer</h1><table role=presentation><tr><td><p>Dear Jane, here is what it costs.</p></td></tr></table>"
        "<table><tr><th>Item</th><th>Price</th></tr><tr><td>Bridge</td><td>3 €</td></tr></table></body></html>",
        subtype="html",
    )
    article = read(bytes(message), "h.eml")
    assert blocks(article, "heading")[1:] == ["Offer"] and blocks(article, "row")[4:] == [
        "Item | Price",
        "Bridge | 3 €",
    ]
    assert "Dear Jane, here is what it costs." in blocks(article, "paragraph")


@pytest.mark.parametrize("charset", ["iso-8859-15", "utf-8", "windows-1252", "utf-16"])
@pytest.mark.parametrize("transfer", ["quoted-printable", "base64", "8bit"])
def test_declared_charsets_are_honoured(charset: str, transfer: str) -> None:
    if transfer == "8bit" and charset == "utf-16":
        pytest.skip("no such mail")
    message = mail()
    message.set_content("Größe: 5 €\n", charset=charset, cte=transfer)
    assert "Größe: 5 €" in read(bytes(message), "c.eml").text


def test_a_text_that_declares_nothing_or_nonsense_is_read() -> None:
    for declared in (b"", b"Content-Type: text/plain; charset=nonsense\n"):
        for encoding in ("utf-8", "cp1252"):
            content = b"Subject: x\n" + declared + b"\n" + "Größe zählt\n".encode(encoding)
            assert "Größe zählt" in read(content, "c.eml").text


def test_soft_line_breaks_of_a_flowed_text_are_taken_out() -> None:
    content = b"Subject: x\nContent-Type: text/plain; charset=utf-8; format=flowed\n\nThe bridge \nis closed.\n> In which \n> month?\n-- \nJ\n"
    article = read(content, "f.eml")
    assert blocks(article)[1:] == ["The bridge is closed.", "> In which month?", "J"]


def test_what_is_only_a_header_or_no_mail_is_refused() -> None:
    for content in (
        b"",
        b"\x00\x01\x02" * 500,
        b"Just a text.\nOf two lines.",
        b"Subject: nothing more\n",
        b"key: value\n\ntext",
    ):
        with pytest.raises(ArticleError, match=r"x\.eml.*Expected a mail") as caught:
            read(content, "x.eml")
        assert caught.value.code == "mail-unreadable"


def nested(depth: int) -> bytes:
    parts = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth))
    return b"From: a@example.org\n" + parts + b"\nhi\n"


@pytest.mark.parametrize(
    "content",
    [
        nested(5000),
        b"From: a@b.c\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nhi\n" * 200_000,
        b"From: a@b.c\n" + b"X-A: b\n" * 1_000_000 + b"\nhi",
        b"From: a@b.c\nContent-Type: text/plain; " + b"; ".join(b"a%d=b" % n for n in range(100_000)) + b"\n\nhi",
        b"From: a@b.c\nContent-Transfer-Encoding: base64\n\n" + b"aGkgdGhlcmUg" * 1_500_000,
        b"From: a@b.c\n\n" + b"hi " * 7_000_000,
    ],
)
def test_a_mail_that_would_take_long_is_refused(content: bytes) -> None:
    with pytest.raises(ArticleError) as caught:
        read(content, "bomb.eml")
    assert caught.value.code == "mail-too-large"


@pytest.mark.parametrize(
    "head",
    [
        b"From: =?utf-8?b?!!!?= <\xff\xfe>\nSubject: =?x?q?=ff?=\n",
        b"From: a\nDate: 99 Foo 2999999 99:99\n",
        b"From: a@b.c\nTo: " + b"a@b.c, " * 100_000 + b"\n",
        b"From: a@b.c\nTo: " + b"(" * 15_000 + b"\n",
        b"Subject: " + b"=?utf-8?q?abc?= " * 50_000 + b"\n",
        b"From: a\nContent-Type: /;;=; charset\n",
        b"From: a\nContent-Type: multipart/mixed\n",
        b"From: a\nContent-Transfer-Encoding: nonsense\n",
    ],
)
def test_a_damaged_or_long_header_does_not_hide_the_text(head: bytes) -> None:
    article = read(head + b"\nThe text is here.\n", "d.eml")
    assert "The text is here." in article.text and len(article.text) < 20_000


@pytest.mark.skipif(not EXPECTED, reason="no documents/expectations.json in the folder BELEG_SHARED")
@pytest.mark.parametrize("name", sorted(name for name in EXPECTED if name.startswith("eml-")))
def test_real_mails(name: str) -> None:
    article = read((DOCUMENTS / name).read_bytes(), name)
    for what, value in EXPECTED[name]["expect"]:
        if what == "title":
            assert article.title == value
        elif what == "has":
            assert value in article.text
