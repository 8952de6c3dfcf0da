"""Hostile text, tables, subtitles, web pages and mails, for `benchmarks.hostile`."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator

_SAID = b"Some words are here."
_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def texts() -> Iterator[tuple[str, bytes]]:
    """Yield plain texts, Markdown, tables and subtitles."""
    junk = random.Random(14).randbytes(1_000_000)
    yield ".txt empty", b""
    yield ".txt blank", b" \n\t\n" * 100_000
    yield ".txt random bytes", junk
    yield ".txt NUL bytes", b"\x00" * 5_000_000
    yield ".txt 21 MB", b"word " * 4_200_000
    yield ".txt 20 MB in one line", b"word " * 3_999_999
    yield ".txt 20 MB without a blank", b"a" * 19_999_999
    yield ".txt 20 MB of line ends", b"\n" * 19_999_000 + b"a b"
    yield ".txt 290,000 lines", b"Name: some value\n" * 290_000
    yield ".txt marks of lists", b"- - 1. a) * " * 1_000_000
    yield ".txt bars", b"|" * 5_000_000
    yield ".txt lines of bars", b"| a | b\n" * 200_000
    yield ".txt gaps", b"a  " * 1_000_000
    yield ".txt colons", b"a: " * 3_000_000
    yield ".txt brackets", b"[(<" * 3_000_000
    yield ".txt quotation marks", b'a "b. ' * 500_000
    yield ".txt full stops", b"." * 5_000_000 + b" a"
    yield ".txt one-letter sentences", b"A. " * 1_000_000
    yield ".txt digits and dates", b"1.1.1.1.1." * 500_000
    yield ".txt combining marks", b"e" + "\u0301".encode() * 2_000_000
    yield ".txt bidirectional marks", "\u202e\u2066a".encode() * 500_000
    yield ".txt wrong UTF-8", b"\xc3\x28 words " * 500_000
    yield ".txt UTF-16 mark and odd bytes", b"\xff\xfe" + junk[:99_999]
    yield ".txt UTF-32 mark, beyond Unicode", b"\xff\xfe\x00\x00" + b"\xff" * 4000
    yield ".txt a program", b"\x7fELF" + junk[:10_000]
    yield ".txt gzip of 200 MB", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + zlib.compress(b"\0" * 200_000_000)[2:]
    yield ".md front matter without an end", b"---\n" + b"a: b\n" * 250_000
    yield ".md front matter of brackets", b"---\na: " + b"[" * 9_000_000 + b"\n---\n" + _SAID
    yield ".md front matter with anchors", b"---\na: &a [x,x]\n" + b"b: &b [*a,*a,*a]\n" * 5000 + b"---\n" + _SAID
    yield ".md fences", b"```\n" * 200_000
    yield ".md pictures", b"![a](b)" * 2_000_000
    yield ".md open brackets", b"[![" * 5_000_000
    yield ".md marks of headings", b"# " + b"*" * 9_000_000 + b" a"
    yield ".md nested lists", b"".join(b" " * (n % 2000) + b"- item words\n" for n in range(15_000))
    yield ".md nested quotations", b">" * 1_000_000 + b" words"
    yield ".csv rows", b"a,b\n" * 4_900_000
    yield ".csv columns", b"a," * 1_000_000
    yield ".csv commas", b"," * 19_000_000
    yield ".csv quotation marks", b'"' * 19_000_000
    yield ".csv a quotation without an end", b'a,b\n"' + b"c,d\n" * 4_000_000
    yield ".csv a million cells", (b"a," * 99 + b"a\n") * 10_000
    yield ".csv blank rows", b",,,,\n" * 3_900_000
    yield ".csv NUL bytes", b"a;b\n\0;c\n" * 10_000
    yield ".csv a picture", _PNG + junk
    yield ".tsv tabs", b"\t" * 19_000_000
    yield ".srt open tags", b"00:01.000 --> 00:02.000\n" + b"<" * 4_900_000
    yield ".srt braces", b"00:01.000 --> 00:02.000\n" + b"{\\" * 2_400_000
    yield ".srt 160,000 cues", b"00:01.000 --> 00:02.000\na b\n\n" * 160_000
    yield (
        ".srt rolling cues",
        b"".join(b"00:01.000 --> 00:02.000\n%sb\n\n" % (b"a " * (n % 200)) for n in range(20_000)),
    )
    yield ".vtt voices", b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"<v a" * 1_200_000
    yield ".vtt arrows", b"WEBVTT\n\n" + b"00:01.000 --> " * 350_000
    yield ".vtt huge times", b"WEBVTT\n\n" + b"9" * 4_000_000 + b":00:01.000 --> 00:02.000\na b"
    yield ".vtt entities", b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"&amp" * 1_200_000


def pages() -> Iterator[tuple[str, bytes]]:
    """Yield web pages."""

    def html(body: bytes) -> bytes:
        return b"<!DOCTYPE html><html><body>" + body

    yield ".html empty", b"<html></html>"
    yield ".html a picture", _PNG + b" words are here in this one" * 10
    yield ".html 19 MB of open divs", html(b"<div>" * 3_900_000)
    yield ".html 1,000 levels", html(b"<div>" * 1000 + _SAID)
    yield ".html nested tables", html(b"<table><tr><td>" * 60 + _SAID)
    yield ".html 390,000 divs", html(b"<div></div>" * 390_000 + _SAID)
    yield ".html 60,000 paragraphs", html(b"<p>Some words stand here, all <b>of</b> them. " * 60_000)
    yield ".html attributes", html(b"<p " + b" ".join(b"a%d=1" % n for n in range(1_500_000)) + b">x")
    yield ".html 100,000 cells", html(b"<table><tr>" + b"<td>x" * 100_000)
    yield (
        ".html spans of cells",
        html(b"<table>" + b"<tr>" + b"<td rowspan=65000 colspan=1000>x" * 300 + b"<tr><td>y" * 2000),
    )
    yield (
        ".html billion laughs",
        (
            b'<!DOCTYPE html [<!ENTITY a "%s"><!ENTITY b "%s"><!ENTITY c "%s">]><html><p>&c; %s'
            % (b"a" * 1000, b"&a;" * 1000, b"&b;" * 1000, _SAID)
        ),
    )
    yield (
        ".html a file as an entity",
        (b'<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><html><p>&x; ' + _SAID),
    )
    yield ".html deleted words", html(b"<p>" + b"<del>x</del>word " * 190_000)
    yield ".html note links", html(b"<p>" + b"<sup><a href=#x>1</a></sup>word " * 90_000)
    yield ".html line breaks", html(b"<p>" + b"a<br>" * 190_000)
    yield ".html links", html(b"<a href=x>word</a> " * 190_000)
    yield ".html comments without an end", html(b"<!--" * 4_000_000)
    yield ".html open tags", html(b"<a " * 6_000_000)
    yield ".html a script only", html(b"<script>" + b"x" * 5_000_000 + b"</script>")
    yield (
        ".html nested JSON",
        (b'<html><head><script type="application/ld+json">' + b"[" * 1_000_000 + b"</script></head><body><p>" + _SAID),
    )
    yield ".html metadata", b"<html><meta name=author content='a b'>" * 90_000 + b"<p>" + _SAID
    yield ".html a title of 4 MB", b"<html><title>" + b"a - " * 1_000_000 + b"</title><p>" + _SAID
    yield ".html a charset that does not exist", b"<html><meta charset=nonsense><p>Gr\xf6\xdfe " + _SAID
    yield ".xhtml a page cut in a tag", html(b"<p>" + _SAID + b"<p cla")


def mails() -> Iterator[tuple[str, bytes]]:
    """Yield mails."""

    def mail(header: bytes, body: bytes = b"hi there") -> bytes:
        return b"From: a@example.org\nSubject: x\n" + header + b"\n\n" + body

    yield ".eml empty header", b"\n\nhi there"
    yield ".eml random bytes", random.Random(1).randbytes(1_000_000)
    yield (
        ".eml 5,000 nested parts",
        b"From: a@b.c\n"
        + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(5000)),
    )
    yield ".eml 190 nested mails", b"From: a@b.c\n" + b"Content-Type: message/rfc822\n\n" * 190 + b"\nhi"
    yield ".eml 200,000 parts", mail(b"Content-Type: multipart/mixed; boundary=b", b"--b\n\nhi\n" * 200_000)
    yield ".eml a million headers", mail(b"X-A: b\n" * 1_000_000 + b"X: y")
    yield ".eml 10 MB of recipients", mail(b"To: " + b"a@b.c, " * 1_500_000)
    yield ".eml nested comments in an address", mail(b"To: " + b"(" * 15_000)
    yield ".eml encoded words", mail(b"Subject: " + b"=?utf-8?q?abc?= " * 100_000)
    yield ".eml parameters", mail(b"Content-Type: text/plain; " + b"; ".join(b"a%d=b" % n for n in range(100_000)))
    yield ".eml 20 MB of base64", mail(b"Content-Transfer-Encoding: base64", b"aGkgdGhlcmUg" * 1_600_000)
    yield ".eml quotations", mail(b"X: y", b"> > > hi there\nhi\n" * 100_000)
    yield ".eml deep quotation", mail(b"X: y", b">" * 5_000_000 + b" hi")
    yield ".eml a page of 3,000,000 divs", mail(b"Content-Type: text/html", b"<div>" * 3_000_000)
    yield ".eml a charset that does not exist", mail(b"Content-Type: text/plain; charset=nonsense", b"hi \xe4 there")
    yield (
        ".eml wrong date, name and words",
        mail(b"Date: 99 Foo 2999999 99:99\nFrom: =?utf-8?b?!!!?= <\xff\xfe>\nSubject: =?x?q?=ff?="),
    )
    yield (
        ".eml an attachment named as a path",
        mail(
            b"Content-Type: multipart/mixed; boundary=b",
            b"--b\n\nhi there\n--b\n"
            b'Content-Disposition: attachment; filename="../../etc/passwd\x00\x1b[2J"\n\nx\n--b--',
        ),
    )
