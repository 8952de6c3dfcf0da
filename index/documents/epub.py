"""E-books, EPUB 2 and 3 → an Article, in the order of reading."""

from __future__ import annotations

import re
from pathlib import Path
from shlex import quote
from typing import Any

from index.article import Article
from index.documents.archive import Archive, resolve
from index.documents.builder import ArticleBuilder, title_from_name
from index.documents.epub_chapter import Chapter, types
from index.documents.markup import MarkupError, local, parse_xhtml, parse_xml
from index.documents.text import new_file, refuse_binary
from index.errors import ArticleError
from index.settings import Progress

MAX_FILES = 5_000
MAX_PARAGRAPHS = 100_000
# Of all the chapters: War and Peace has 4 MB, with 50,000 tags.
MAX_TEXT_BYTES = 40_000_000
MAX_TAGS = 1_000_000
_PARAGRAPH = re.compile(rb"<(?:p|li|tr|dd|div|h[1-6])[\s>]")
_CHAPTER = ("application/xhtml+xml", "text/html", "text/x-oeb1-document", "application/xml")
# Fonts are disguised, which hides no text.
_OF_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")


def read(content: bytes, source: str, progress: Progress | None = None) -> Article:
    """Read an e-book: its chapters in order; cover, contents, imprint and page numbers are left out.

    Raises:
        ArticleError: it is no EPUB file, is damaged, protected (DRM), too large, or has no text.
    """
    if not content.startswith(b"PK"):
        refuse_binary(content, source)
    archive = Archive(content, source)
    _refuse_protected(archive, source)
    try:
        package_name = _package_name(archive)
        package = parse_xml(archive.read(package_name))
        chapters, contents = _spine(package, package_name)
        labels = _labels(archive, contents)
        texts = [(name, archive.read(name)) for name in chapters if name in archive and name not in contents]
        # Before the first is parsed.
        if (
            sum(len(text) for _, text in texts) > MAX_TEXT_BYTES
            or sum(text.count(b"<") for _, text in texts) > MAX_TAGS
            or sum(sum(1 for _ in _PARAGRAPH.finditer(text)) for _, text in texts) > 1.5 * MAX_PARAGRAPHS
        ):
            raise _too_large(source)
        builder = ArticleBuilder()
        for done, (name, text) in enumerate(texts):
            if progress:
                progress("chapters", done, len(texts))
            Chapter(builder, labels.get(name, "")).read(parse_xhtml(text))
            if len(builder) > MAX_PARAGRAPHS:
                raise _too_large(source)
    except MarkupError as error:
        raise archive.damaged(str(error)) from error
    if progress:
        progress("chapters", len(texts), len(texts))
    if not len(builder):
        pdf = new_file(Path(source).stem, ".pdf")
        command = (
            f"ebook-convert {quote(source)} {pdf} && ocrmypdf {pdf} {new_file(Path(source).stem + '-ocr', '.pdf')}"
        )
        raise ArticleError(
            f"{source} has no text in it, at most pictures. Expected a book with text; make text of it: {command}",
            "epub-without-text",
            path=source,
            command=command,
        )
    about = _about(package)
    return builder.article(title=about.pop("title") or title_from_name(source), source=source, **about)


def _too_large(source: str) -> ArticleError:
    return ArticleError(
        f"{source} has more than {MAX_TEXT_BYTES // 1_000_000} MB of text or {MAX_PARAGRAPHS} paragraphs. "
        "Expected one book; split it.",
        "epub-too-large",
        path=source,
        most=MAX_TEXT_BYTES // 1_000_000,
        paragraphs=MAX_PARAGRAPHS,
    )


def _refuse_protected(archive: Archive, source: str) -> None:
    name = "META-INF/encryption.xml"
    if name not in archive:
        return
    try:
        methods = [
            at.get("Algorithm", "") for at in parse_xml(archive.read(name)).iter() if _is(at, "EncryptionMethod")
        ]
    except MarkupError as error:
        raise archive.damaged(str(error)) from error
    # Keys are encrypted, too, by methods of their own: any method that is not a font's means protected text.
    if any(method not in _OF_FONTS for method in methods):
        raise ArticleError(
            f"{source} is protected (DRM): its text is encrypted. Expected a book without copy protection; "
            "get one from where it is sold without.",
            "epub-protected",
            path=source,
        )


def _package_name(archive: Archive) -> str:
    container = "META-INF/container.xml"
    if container in archive:
        for at in parse_xml(archive.read(container)).iter():
            if _is(at, "rootfile") and (name := resolve("", at.get("full-path", ""))):
                return name
    # A book without its container is read all the same.
    found = [name for name in archive.names if name.endswith(".opf")]
    if not found:
        raise archive.damaged("the list of its chapters is missing")
    return found[0]


def _spine(package: Any, package_name: str) -> tuple[list[str], set[str]]:
    """Return the names of a book's chapters in the order of reading, and those of its contents."""
    items: dict[str, tuple[str, str]] = {}
    contents: set[str] = set()
    order: list[str] = []
    toc = ""
    for at in package.iter():
        if _is(at, "item"):
            name = resolve(package_name, at.get("href", ""))
            items[at.get("id", "")] = (name, at.get("media-type", ""))
            if "nav" in at.get("properties", "").split() or at.get("media-type") == "application/x-dtbncx+xml":
                contents.add(name)
        elif _is(at, "spine"):
            toc = at.get("toc", "")
        elif _is(at, "itemref"):
            order.append(at.get("idref", ""))
        elif _is(at, "reference") and at.get("type", "") in ("toc", "cover", "copyright-page", "colophon"):
            contents.add(resolve(package_name, at.get("href", "")))
    if toc in items:
        contents.add(items[toc][0])
    chapters = [items[idref][0] for idref in order if idref in items and items[idref][1] in _CHAPTER]
    # Some guides name the first chapter as the cover; a book of one file is never only its contents.
    if set(chapters) <= contents:
        contents.clear()
    # Once each, however often it is named.
    return [name for name in dict.fromkeys(chapters) if name][:MAX_FILES], contents


def _labels(archive: Archive, contents: set[str]) -> dict[str, str]:
    """Return what the contents call each file: the first entry that leads to it, not into its middle."""
    labels: dict[str, str] = {}
    for name in sorted(contents & set(archive.names)):
        try:
            root = parse_xhtml(archive.read(name))
        except MarkupError:
            continue
        for at in root.iter():
            if _is(at, "navPoint"):
                link = next((child.get("src", "") for child in at if _is(child, "content")), "")
                text = " ".join(part for child in at if _is(child, "navLabel") for part in child.itertext())
            elif _is(at, "a") and at.get("href") and not _in_landmarks(at):
                link, text = at.get("href"), "".join(at.itertext())
            else:
                continue
            label = " ".join(text.split())
            if link and label and "#" not in link and len(label) <= 200:
                labels.setdefault(resolve(name, link), label)
    return labels


def _in_landmarks(element: Any) -> bool:
    return any(types(at) & {"landmarks", "page-list", "doc-pagelist"} for at in element.iterancestors())


def _about(package: Any) -> dict[str, str]:
    """Return a book's title (the main one of several), authors, date and language."""
    titles: list[tuple[str, str]] = []
    creators: list[tuple[str, str, str]] = []
    dates: list[tuple[str, str]] = []
    language = ""
    refined: dict[tuple[str, str], str] = {}
    for at in package.iter():
        text = " ".join("".join(at.itertext()).split()) if local(at) else ""
        if _is(at, "meta") and at.get("refines"):
            refined.setdefault((at.get("refines").lstrip("#"), at.get("property", "")), text)
        elif _is(at, "title") and text:
            titles.append((at.get("id", ""), text))
        elif _is(at, "creator") and text:
            creators.append((at.get("id", ""), text, _attribute(at, "role")))
        elif _is(at, "date") and text:
            dates.append((_attribute(at, "event"), text))
        elif _is(at, "language") and not language:
            language = text
    main = [title for identifier, title in titles if refined.get((identifier, "title-type")) == "main"]
    roles = [(name, refined.get((identifier, "role")) or role) for identifier, name, role in creators]
    authors = [name for name, role in roles if role in ("", "aut")] or [name for name, _ in roles]
    # When a file was made or changed says nothing about the book.
    published = [date for event, date in dates if event not in ("modification", "creation", "conversion")]
    date = re.match(r"\d{4}(?:-\d{2}(?:-\d{2})?)?", published[0]) if published else None
    return {
        "title": (main or [title for _, title in titles] or [""])[0][:300],
        "author": ", ".join(dict.fromkeys(authors))[:300],
        "date": date[0] if date else "",
        "language": language if re.fullmatch(r"[A-Za-z]{2}(?:-.*)?", language) and language != "un" else "",
    }


def _is(element: Any, name: str) -> bool:
    return local(element) == name


def _attribute(element: Any, name: str) -> str:
    return next((str(said) for key, said in element.attrib.items() if key.rpartition("}")[2] == name), "")
