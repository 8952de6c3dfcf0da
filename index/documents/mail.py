"""A mail (EML, RFC 5322) → Article: its header, its text, and what it quotes.

The header is about the text and must not answer for it: "Date: Tue, 9 Sep" is read as the date of all that the mail
speaks of. So the subject is a heading, and the rest stands in rows of a table whose columns say what it is of the mail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser

from index.article import Article, detect_language, normalise
from index.documents.builder import ArticleBuilder, title_from_name
from index.documents.html import add_html
from index.documents.html_tree import codec
from index.errors import ArticleError
from index.settings import Progress
from index.splitting.blocks import find_blocks

MAX_BYTES = 20_000_000
# Of what is text; attachments are not read.
MAX_TEXT_BYTES = 10_000_000
MAX_PARTS = 20_000
MAX_HEAD_BYTES = 1_000_000
# Parts with parts in them. The parser compares each line with the boundary of each part that is open: two seconds.
MAX_NESTED = 200
_MAX_COMPARED = 10_000_000
# 400 addresses. The standard library takes a second for 100 KB of them.
_LONGEST_HEADER = 16_000
# Of a page's source, to tell its language by.
_SAMPLE = 20_000
_SHOWN = ("From", "To", "Cc", "Date", "Subject")
# The rows, and the names of their columns in the mail's language. Chosen by 35 questions to two mails: below "Sender"
# and "Recipients" the reader takes one for the other, and below "Date" the day it was sent for that of something in it.
_ROWS = (("From", "Date"), ("To", "Cc"))
_COLUMNS = {
    "en": {
        "From": "This email was sent by",
        "Date": "sent on",
        "To": "This email was received by",
        "Cc": "copy (Cc) to",
    },
    "de": {
        "From": "Diese E-Mail wurde gesendet von",
        "Date": "gesendet am",
        "To": "Diese E-Mail haben erhalten",
        "Cc": "Kopie (Cc) an",
    },
}
# "On Monday, Jane Doe wrote:", in some languages; it may be broken over two lines.
_WRITER = re.compile(r"(?:On|Am|Le|El|Il|Op|Em|Den|Dnia|W dniu|Dne)\s", re.I)
_WROTE = re.compile(
    r"\b(?:wrote|schrieb(?:en)?|a écrit|écrit|escribió|ha scritto|schreef|escreveu|skrev|napisał(?:a|\(a\))?|napsal)\b",
    re.I,
)
_LONGEST_WROTE = 300
_ORIGINAL = re.compile(
    r"[-_ ]{2,12}(?:Original Message|Original-?Nachricht|Ursprüngliche Nachricht|Message d'origine|Mensaje original|"
    r"Forwarded message|Weitergeleitete Nachricht)[-_ ]{2,12}",
    re.I,
)
_FIELD = re.compile(
    r"[*]?(?:From|Sent|To|Cc|Subject|Date|Von|Gesendet|An|Kopie|Betreff|Datum|De|Envoyé|À|Objet)[*]?\s?:[*]?\s+\S"
)


@dataclass(slots=True)
class _Body:
    """What is in a mail, in order: plain texts, pages as bytes with their charset; and the names of attachments."""

    texts: list[str | tuple[bytes, str]] = field(default_factory=list)
    attached: list[str] = field(default_factory=list)

    @property
    def language(self) -> str:
        """ISO 639-1 code of the plain texts, or of the pages where there are none."""
        plain = " ".join(text for text in self.texts if isinstance(text, str))
        pages = b" ".join(text[0] for text in self.texts if not isinstance(text, str))[:_SAMPLE]
        return detect_language(plain or re.sub(r"<[^<>]*>", " ", pages.decode("utf-8", "replace")))

    @property
    def has_words(self) -> bool:
        return any(isinstance(text, tuple) or any(c.isalnum() for c in text) for text in self.texts)


def read(content: bytes, source: str, progress: Progress | None = None) -> Article:
    """Read a mail as an article: its subject, a table of its header, its text, quoted replies, names of attachments.

    Args:
        source: the file, as the user named it.

    Raises:
        ArticleError: it is no mail, too large, nested too deep, or has no text.
    """
    message = _parse(content, source)
    builder = ArticleBuilder()
    headers = {name: _header(message, name) for name in _SHOWN}
    body = _collect(message, source)
    builder.add("heading", headers["Subject"], level=1)
    _add_header(headers, body.language, builder)
    head = len(builder)
    for text in body.texts:
        if isinstance(text, str):
            _add_text(text, builder)
        else:
            add_html(text[0], builder, source, text[1])
    if len(builder) == head and not body.attached:
        raise _no_mail(source, "has no text")
    for name in body.attached:
        builder.add("line", f"Attachment: {name}")
    return builder.article(
        title=headers["Subject"] or title_from_name(source),
        source=source,
        author=_author(message, headers["From"]),
        date=_date(message),
    )


def _add_header(headers: dict[str, str], language: str, builder: ArticleBuilder) -> None:
    columns = _COLUMNS.get(language, _COLUMNS["en"])
    for row in _ROWS:
        named = [name for name in row if headers[name]]
        if named:
            header = builder.add_row([columns[name] for name in named])
            builder.mark_header(header)
            builder.add_row([headers[name] for name in named], header=header)


def _parse(content: bytes, source: str) -> EmailMessage:
    if len(content) > MAX_BYTES:
        raise _too_large(source, f"has {len(content) / 1e6:.0f} MB", f"{MAX_BYTES // 1_000_000} MB")
    content = content.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    # Any text would be a mail without a header.
    if not re.match(rb"(?:>?From [^\r\n]*\r?\n)?[!-9;-~]{1,80}:[^\r\n]*(?:\r?\n|$)", content):
        raise _no_mail(source, "has no header as a mail has")
    nested = sum(1 for _ in re.finditer(rb"^content-type:\s*(?:multipart|message)/", content, re.I | re.M))
    if nested > MAX_NESTED or nested * content.count(b"\n") > _MAX_COMPARED:
        raise _too_large(source, "has too many parts in parts", f"{MAX_NESTED} parts")
    # A line of dashes may begin a part.
    if nested and sum(1 for _ in re.finditer(rb"^--", content, re.M)) > MAX_PARTS:
        raise _too_large(source, "has too many parts", f"{MAX_PARTS} parts")
    if not re.search(rb"\n\r?\n", content[:MAX_HEAD_BYTES]) and len(content) > MAX_HEAD_BYTES:
        raise _too_large(source, "has a header that is too long", f"{MAX_HEAD_BYTES} bytes of header")
    if re.search(rb"^content-[a-z-]{1,40}:(?:[^\r\n]|\r?\n[ \t]){%d}" % _LONGEST_HEADER, content, re.I | re.M):
        raise _too_large(source, "has a header that is too long", f"{_LONGEST_HEADER} characters a header")
    try:
        message = BytesParser(policy=policy.default).parsebytes(content)
    except (RecursionError, MessageError, ValueError, LookupError, AttributeError):
        raise _no_mail(source, "is damaged") from None
    names = {name.lower() for name, _ in message.raw_items()}
    if not names & {"from", "to", "subject", "date", "message-id", "content-type", "received"}:
        raise _no_mail(source, "has no header as a mail has")
    return message


def _header(message: EmailMessage, name: str) -> str:
    """Return a header in one line, "" where there is none; a very long one cut."""
    raw = next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")
    cut = raw if len(raw) <= _LONGEST_HEADER else raw[:_LONGEST_HEADER].rpartition(",")[0] + " …"
    try:
        value = str(policy.default.header_factory(name, cut))
    except (ValueError, LookupError, AttributeError, MessageError, TypeError, RecursionError):
        value = cut
    return " ".join(value.encode("utf-8", "replace").decode("utf-8").split())


def _author(message: EmailMessage, sender: str) -> str:
    if len(sender) > 1000:
        return ""
    named = re.sub(r"\s*<[^<>]*>", "", sender).strip().strip("\"'")
    return named or sender.strip("<> ")


def _date(message: EmailMessage) -> str:
    try:
        when = getattr(message["Date"], "datetime", None)
    except (ValueError, LookupError, AttributeError, MessageError, TypeError):
        return ""
    return when.date().isoformat() if when else ""


def _collect(part: EmailMessage, source: str) -> _Body:
    body = _Body()
    try:
        kind = part.get_content_type()
        name = part.get_filename("") or ""
        is_attached = part.get_content_disposition() == "attachment"
    except (ValueError, LookupError, AttributeError, MessageError, TypeError):
        kind, name, is_attached = "", "", False
    if not re.fullmatch(r"[\w.+-]+/[\w.+-]+", kind):
        kind = "text/plain"
    if kind.startswith("message/") and kind != "message/partial":
        inner = part.get_payload(0) if part.is_multipart() else None
        subject = _header(inner, "Subject") if isinstance(inner, EmailMessage) else ""
        body.attached.append(name or subject or kind)
        return body
    if part.is_multipart():
        inside = [_collect(one, source) for one in part.iter_parts() if isinstance(one, EmailMessage)]
        for one in inside:
            body.attached += one.attached
        if kind == "multipart/alternative":
            # The same text in several formats, the plainest first.
            inside = [one for one in inside if one.has_words][:1]
        for one in inside:
            body.texts += one.texts
        return body
    if is_attached or name or not kind.startswith(("text/", "multipart/")):
        # Pictures in an HTML text have no name.
        if name or is_attached:
            body.attached.append(name or kind)
        return body
    if len(str(part.get_payload())) > 1.4 * MAX_TEXT_BYTES:
        raise _too_large(source, "has too much text", f"{MAX_TEXT_BYTES // 1_000_000} MB of text")
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    if len(content) > MAX_TEXT_BYTES:
        raise _too_large(
            source, f"has {len(content) / 1e6:.0f} MB of text", f"{MAX_TEXT_BYTES // 1_000_000} MB of text"
        )
    charset = str(part.get_param("charset", "") or "") if kind.startswith("text/") else ""
    if kind == "text/html":
        body.texts.append((content, charset))
        return body
    text = normalise(_decode(content, charset))
    if part.get_param("format") == "flowed":
        text = _reflowed(text, part.get_param("delsp") == "yes")
    body.texts.append(text)
    return body


def _decode(content: bytes, charset: str) -> str:
    name = codec(charset)
    try:
        return content.decode("utf-8" if name in ("", "cp1252") else name)
    except UnicodeDecodeError:
        return content.decode(name or "cp1252", "replace")


def _reflowed(text: str, joins_words: bool) -> str:
    """Return a text of the format "flowed" (RFC 3676) with its soft line breaks taken out."""
    written: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        rest = line.lstrip(">")
        depth = len(line) - len(rest)
        # A blank is put before what would else look like a quotation.
        rest = rest.removeprefix(" ")
        if open_depth != depth or rest == "-- ":
            written.append(("\n" if written else "") + ">" * depth + (" " if depth else ""))
        is_soft = rest.endswith(" ") and rest != "-- "
        written.append(rest[:-1] if is_soft and joins_words else rest)
        open_depth = depth if is_soft else -1
    return "".join(written)


def _add_text(text: str, builder: ArticleBuilder) -> None:
    """Add a plain text: what is quoted in it, line by line with ">", as paragraphs that begin with that mark."""
    run: list[str] = []
    depth = 0

    def end() -> None:
        if depth:
            for paragraph in re.split(r"\n\s*\n", "\n".join(run)):
                if any(c.isalnum() for c in paragraph):
                    builder.add("paragraph", ">" * depth + " " + paragraph.strip())
        else:
            _add_own("\n".join(run), builder)
        run.clear()

    for line in text.split("\n"):
        marks = re.match(r"(?:> ?){1,20}", line)
        found = marks[0].count(">") if marks else 0
        if found != depth:
            end()
            depth = found
        run.append(line[marks.end() :] if marks else line)
    end()


def _add_own(text: str, builder: ArticleBuilder) -> None:
    """Add what is not quoted by marks: prose; who wrote what follows; the header of a mail below; a signature."""
    lines = text.split("\n")
    prose: list[str] = []

    def end() -> None:
        _add_prose("\n".join(prose), builder)
        prose.clear()

    number = 0
    while number < len(lines):
        line = lines[number].strip()
        if lines[number].rstrip("\r") in ("-- ", "--"):
            end()
            for rest in lines[number + 1 :]:
                builder.add("line", rest)
            return
        taken = _introduced(lines, number)
        if taken:
            end()
            builder.add("paragraph", "\n".join(one.strip() for one in lines[number : number + taken]))
        elif _ORIGINAL.fullmatch(line) or re.fullmatch(r"_{20,}", line):
            end()
            if any(c.isalnum() for c in line):
                builder.add("line", line)
            # From, Sent, To, Subject: as Outlook puts them above what it quotes.
            taken = 1
            while number + taken < len(lines) and (
                _FIELD.match(lines[number + taken]) or not lines[number + taken].strip()
            ):
                builder.add("line", lines[number + taken])
                taken += 1
        else:
            prose.append(lines[number])
            taken = 1
        number += taken
    end()


def _introduced(lines: list[str], number: int) -> int:
    """Return how many lines, one or two, say who wrote what follows; 0 for none."""
    if not _WRITER.match(lines[number]):
        return 0
    for taken in (1, 2):
        said = " ".join(line.strip() for line in lines[number : number + taken])
        if len(said) <= _LONGEST_WROTE and said.endswith(":") and _WROTE.search(said):
            return taken
    return 0


def _add_prose(text: str, builder: ArticleBuilder) -> None:
    if not text.strip():
        return
    numbers: dict[int, int] = {}
    for number, block in enumerate(find_blocks(text)):
        if block.kind != "row":
            builder.add(block.kind, text[block.start : block.end], level=block.level)
            continue
        cells = [text[cell.start : cell.end] for cell in block.cells] or [text[block.start : block.end]]
        numbers[number] = builder.add_row(cells, header=numbers.get(block.header, -1))
        if block.header == number and numbers[number] >= 0:
            builder.mark_header(numbers[number])


def _no_mail(source: str, found: str) -> ArticleError:
    return ArticleError(
        f"{source} {found}. Expected a mail as a mail program saves it (EML), with a text in it; save it again.",
        "mail-unreadable",
        path=source,
    )


def _too_large(source: str, found: str, most: str) -> ArticleError:
    return ArticleError(
        f"{source} {found}. Expected a mail with at most {most}; save its text without the attachments.",
        "mail-too-large",
        path=source,
        most=most,
    )
