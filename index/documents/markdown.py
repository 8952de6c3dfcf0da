"""Markdown files, with or without front matter → an Article."""

from __future__ import annotations

import io
import re

from index.article import Article, heading_text, normalise
from index.documents.builder import title_from_name
from index.documents.text import check_lines, decode
from index.errors import ArticleError
from index.settings import Progress
from index.splitting.blocks import find_blocks

MAX_BYTES = 20_000_000
# What stands before a text about it: a page, not a chapter.
MAX_FRONT_LINES = 200
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_IMAGE = r"!\[[^\[\]\n]*\](?:\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|\[[^\[\]\n]*\])"
_LINK = rf"\[\s*{_IMAGE}\s*\](?:\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|\[[^\[\]\n]*\])"
_HTML_IMAGE = r"<(?:img\b[^<>\n]*|/?(?:a|p|div|picture|source|center|br)\b[^<>\n]*)>"
_ONLY_IMAGES = re.compile(rf"\s*(?:(?:{_LINK}|{_IMAGE}|{_HTML_IMAGE})\s*)+")
_IMAGE_TARGET = re.compile(r"\[[^\[\]\n]+\]:\s*\S+\.(?:svg|png|jpe?g|gif|webp)\S*\s*", re.IGNORECASE)
_ONLY_TAGS = re.compile(
    r"\s*(?:</?(?:details|summary|div|p|center|br|hr|a|span|section|article|table|tbody|thead|tr|td|th|ul|ol|li|picture|"
    r"figure|sub|sup|kbd|b|i|em|strong|h[1-6])\b[^<>\n]*>\s*)+",
    re.IGNORECASE,
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def read(content: bytes, source: str, progress: Progress | None = None) -> Article:
    """Read a Markdown file: its front matter says title, author, date and language, and is no text.

    Comments and lines of images or tags only, as badges, are left out; all else stays as it is written.

    Raises:
        ArticleError: it is no text, has too many bytes, or no words.
    """
    if len(content) > MAX_BYTES:
        raise ArticleError(
            f"{source} has {len(content) / 1e6:.0f} MB. Expected at most {MAX_BYTES // 1_000_000} MB of text; "
            "split it into articles, for example with 'split -C 5M'.",
            "article-too-large",
            path=source,
            size=round(len(content) / 1e6),
            most=MAX_BYTES // 1_000_000,
        )
    text = normalise(decode(content, source))
    check_lines(text, source)
    about, body = front_matter(text)
    body = without_unseen(body).strip("\n")
    date = _DATE.match(about.get("date", ""))
    return Article.from_blocks(
        body,
        find_blocks(body),
        title=about.get("title") or first_heading(body) or title_from_name(source),
        author=about.get("author", "") or about.get("authors", ""),
        date=date[0] if date else about.get("date", ""),
        language=_language(about.get("lang") or about.get("language") or ""),
        source=source,
    )


def front_matter(text: str) -> tuple[dict[str, str], str]:
    """Return what a text's front matter says, by names in small letters, and the text without it.

    Of YAML (between lines of ---) and TOML (+++) only `name: value` is read, with lists of words; all else is passed
    over. A text that begins with a line of --- and has no such names keeps it: it is a rule.
    """
    lines = text.split("\n", MAX_FRONT_LINES + 1)
    mark = lines[0].rstrip()
    if mark not in ("---", "+++"):
        return {}, text
    ends = ("---", "...") if mark == "---" else ("+++",)
    end = next((n for n, line in enumerate(lines[1 : MAX_FRONT_LINES + 1], 1) if line.rstrip() in ends), 0)
    if not end:
        return {}, text
    found: dict[str, list[str]] = {}
    name = ""
    for line in lines[1:end]:
        pair = re.match(r"([A-Za-z][\w .-]{0,40}?)\s*[:=](?:\s+(.*))?$", line)
        item = re.match(r"\s*-\s+(?:name:\s*)?(.+)$", line)
        if pair:
            name = pair[1].casefold()
            found[name] = _values(pair[2] or "")
        elif item and name and not found[name][1:]:
            found[name] = [", ".join([*found[name], *_values(item[1])])]
        elif line[:1] in (" ", "\t") and name and line.strip() and found[name]:
            # A long value goes on in the next line.
            found[name] = [" ".join([*found[name], line.strip()])]
        elif line.strip() and not line.lstrip().startswith("#") and not name:
            return {}, text
    if not found and any(line.strip() for line in lines[1:end]):
        return {}, text
    return {name: ", ".join(value) for name, value in found.items()}, "\n".join(lines[end + 1 :])


def without_unseen(text: str) -> str:
    """Return a text without its comments and its lines of images or tags only; in code they stay."""
    if "![" not in text and "<" not in text and not _IMAGE_TARGET.search(text):
        return text
    # Line by line: a list of them takes many times the memory of the text.
    kept = io.StringIO()
    fence = ""
    in_comment = False
    for written in io.StringIO(text):
        line = written
        if not fence and (in_comment or "<!--" in line):
            line, in_comment = _without_comments(written.rstrip("\n"), in_comment)
            line += "\n"
            if not line.strip() and written.strip():
                continue
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line.strip(" `~\n"):
                fence = ""
        elif mark:
            fence = mark[1]
        elif _shows_nothing(line):
            continue
        kept.write(line)
    return kept.getvalue()


def first_heading(text: str) -> str:
    """Return the first heading of a Markdown text that stands above its first paragraph, without marks, or ""."""
    lines = [line for line in text[:4000].split("\n") if line.strip()][:2]
    if lines and re.match(r" {0,3}#{1,6}\s+\S", lines[0]):
        return _plain(lines[0])
    if len(lines) == 2 and re.fullmatch(r" {0,3}(=+|-{2,})\s*", lines[1]) and not lines[0].startswith((" ", "-", ">")):
        return _plain(lines[0])
    return ""


def _without_comments(line: str, inside: bool) -> tuple[str, bool]:
    """Return a line without what stands in comments of HTML, and whether one is open at its end.

    Args:
        inside: whether one is open at its beginning.
    """
    kept = []
    while line:
        before, mark, after = line.partition("-->" if inside else "<!--")
        if not inside:
            kept.append(before)
        if not mark:
            break
        inside, line = not inside, after
    return "".join(kept), inside


def _shows_nothing(line: str) -> bool:
    """Return whether a line has only images or tags, or says where one of them is."""
    if "]:" in line and _IMAGE_TARGET.fullmatch(line):
        return True
    if line.lstrip().startswith("<") and len(line) < 2_000 and _ONLY_TAGS.fullmatch(line):
        return True
    return len(line) < 20_000 and ("![" in line or "<img" in line) and _ONLY_IMAGES.fullmatch(line) is not None


def _plain(line: str) -> str:
    """Return a heading without the marks of links, code and emphasis."""
    said = re.sub(_IMAGE, "", heading_text(line)[:500])
    said = re.sub(r"\[([^\[\]]*)\]\([^()]*\)", r"\1", said)
    said = re.sub(r"\s*\{[#.][^{}]*\}$", "", said)
    return " ".join(re.sub(r"(\*\*|__|`|(?<!\w)[*_]|[*_](?!\w))", "", said).split())


def _values(written: str) -> list[str]:
    """Return a value of YAML's or TOML's simplest kinds: a bare or quoted word, or a list of them in one line."""
    value = written.strip()
    if value[:1] in ("'", '"'):
        closing = value.find(value[0], 1)
        return [value[1:closing]] if closing > 0 else [value[1:]]
    value = re.sub(r"\s+#.*$", "", value)
    if value.startswith("[") and value.endswith("]"):
        return [part.strip().strip("'\"") for part in value[1:-1].split(",") if part.strip()]
    return [] if value in ("|", ">", "|-", ">-", "~", "null", "") else [value]


def _language(code: str) -> str:
    short = re.match(r"[A-Za-z]{2}(?=[-_]|$)", code)
    return short[0].lower() if short else ""
