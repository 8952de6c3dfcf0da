"""XML and XHTML of documents → elements, with entities, DTDs and the network off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5
from typing import Any

# A paragraph or row of a document; with all of its markup it has some kilobytes.
MAX_UNIT_BYTES = 4_000_000
# A chapter, all notes or all styles.
MAX_PART_BYTES = 10_000_000
# What a part, chapter or paragraph has of tags at most, begins and ends counted: each element takes 200 bytes.
MAX_TAGS = 600_000
_RAISED = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_AT_ONCE = 64 * 1024
_NAMED = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
_OF_XML = (b"amp", b"lt", b"gt", b"quot", b"apos")


class MarkupError(ValueError):
    """Markup that is not well-formed, or has what no document needs: entities of its own, thousands of levels."""


def parse_xml(content: bytes) -> Any:
    """Return the root element of a small part of a document (its metadata, styles, notes).

    Raises:
        MarkupError: it is not well-formed.
    """
    from lxml import etree

    _refuse_entities(content)
    _refuse_much(content)
    try:
        root = etree.fromstring(content, _options(etree.XMLParser))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise MarkupError(_said(error)) from error
    if root is None:
        raise MarkupError("there is no element in it")
    return root


def parse_xhtml(content: bytes) -> Any:
    """Return the root element of a chapter, also of one that is not quite well-formed.

    Raises:
        MarkupError: nothing can be read of it.
    """
    from lxml import etree

    _refuse_entities(content)
    _refuse_much(content)
    clean = _NAMED.sub(_numbered, content)
    for recover in (False, True):
        try:
            root = etree.fromstring(clean, _options(etree.XMLParser, recover=recover))
        except (etree.XMLSyntaxError, ValueError):
            continue
        # What is recovered from "<p>a<p>b" may be nothing: then as HTML, which knows what closes what.
        if root is not None and (not recover or _has_body(root)):
            return root
    try:
        root = etree.fromstring(content, etree.HTMLParser(no_network=True, huge_tree=False))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise MarkupError(_said(error)) from error
    if root is None:
        raise MarkupError("there is no element in it")
    return root


def units(content: bytes, tags: frozenset[str], around: frozenset[str]) -> Iterator[tuple[str, Any]]:
    """Yield the outermost elements of some tags, one after the other, and forget each: memory stays small.

    Args:
        tags: as lxml writes them, "{namespace}name".
        around: of elements outside the units whose begin and end are wanted.

    Yields:
        ("unit", element) at a unit's end, ("start", element) and ("end", element) of one of `around`.

    Raises:
        MarkupError: it is not well-formed, or one unit has more than MAX_UNIT_BYTES.
    """
    from lxml import etree

    _refuse_entities(content)
    parser = etree.XMLPullParser(
        ("start", "end"), tag=[*tags, *around], resolve_entities=False, no_network=True, huge_tree=False
    )
    opened: Any = None
    last = marks = 0
    try:
        for at in range(0, len(content), _AT_ONCE):
            part = content[at : at + _AT_ONCE]
            marks += part.count(b"<")
            parser.feed(part)
            for event, element in parser.read_events():
                if opened is None and event == "start":
                    if element.tag in tags:
                        opened = element
                    else:
                        yield "start", element
                elif opened is element and event == "end":
                    yield "unit", element
                    opened = None
                    last, marks = at, 0
                    _forget(element)
                elif opened is None:
                    yield "end", element
                    _forget(element)
            if at - last > MAX_UNIT_BYTES or marks > MAX_TAGS:
                raise MarkupError(f"a paragraph has more than {MAX_UNIT_BYTES // 1_000_000} MB or {MAX_TAGS} tags")
        parser.close()
    except (etree.XMLSyntaxError, ValueError) as error:
        raise error if isinstance(error, MarkupError) else MarkupError(_said(error)) from error


def local(element: Any) -> str:
    """Return an element's name without its namespace; "" for a comment or an instruction."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def raised(before: str, text: str) -> str:
    """Return a raised number so that it does not read as digits of what it stands at: "10¹⁶", "m²".

    After a word of three letters or a sentence's end it is the mark of a note, and is left out.

    Args:
        before: the text before it, at least its last characters.
    """
    if not re.fullmatch(r"[-+−]?[0-9]{1,3}", text.strip()):
        return text
    if re.search(r"(?:[^\W\d_]{3}|[.,;:!?\"”“’»)\]])$", before):
        return ""
    return text.strip().translate(_RAISED)


def _forget(element: Any) -> None:
    element.clear(keep_tail=False)
    parent = element.getparent()
    if parent is not None:
        # What stands before it is done too: section marks, bookmarks.
        while element.getprevious() is not None:
            del parent[0]


def _options(parser: Any, **more: bool) -> Any:
    return parser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, **more
    )


def _refuse_entities(content: bytes) -> None:
    # In UTF-16 each letter is followed or preceded by a zero.
    if b"<!ENTITY" in (content.replace(b"\x00", b"") if b"\x00" in content[:200] else content):
        raise MarkupError("it declares entities of its own")


def _refuse_much(content: bytes) -> None:
    if len(content) > MAX_PART_BYTES or content.count(b"<") > MAX_TAGS:
        raise MarkupError(f"a part of it has more than {MAX_PART_BYTES // 1_000_000} MB or {MAX_TAGS} tags of markup")


def _numbered(match: re.Match[bytes]) -> bytes:
    name = match[1]
    meant = "" if name in _OF_XML else html5.get(name.decode() + ";", "")
    return "".join(f"&#{ord(c)};" for c in meant).encode() if meant else match[0]


def _has_body(root: Any) -> bool:
    return any(local(child) == "body" and len(child) for child in root)


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:120]
