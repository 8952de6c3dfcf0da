"""The bytes of a web page → a bounded tree without what no reader sees."""

from __future__ import annotations

import codecs
import re
from time import monotonic
from typing import TYPE_CHECKING, Any

from index.errors import ArticleError

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# Without the pictures that a page saved by a browser holds in itself.
MAX_BYTES = 20_000_000
MAX_BYTES_WITH_PICTURES = 50_000_000
# A page of 3 MB has about 50,000 elements; 200,000 are a tree of about 80 MB.
MAX_ELEMENTS = 200_000
# libxml2 stops at 256 and drops the rest without a word; a real page has about 30.
MAX_DEPTH = 200
# libxml2 compares each attribute of a tag with all others.
MAX_ATTRIBUTES = 256
MAX_ATTRIBUTES_IN_ALL = 600_000
# In which nothing that is open ends: the parser looks through it again and again.
MAX_TAG_BYTES = 500_000
MAX_SURVEY_SECONDS = 3.0
# A table may say that a cell covers thousands of rows and columns.
_MAX_COVERED = 200_000
# Enough of an attribute to know what it says.
_ATTRIBUTE = 500

# What an old or careless page calls its encoding, and what browsers take it for (https://encoding.spec.whatwg.org).
_MEANT = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
_DECLARED = re.compile(
    rb"""<meta\b[^>]*?\bcharset\s*=\s*["']?\s*([\w.:-]+)|<\?xml\b[^>]*?\bencoding=["']([\w.:-]+)""", re.I
)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# Their bytes may be those of another text in UTF-8.
_NOT_ASCII = ("utf-16", "utf-32", "iso2022", "hz")
# All but tab, line feed, form feed, carriage return and the C1 line end.
_CONTROL = dict.fromkeys([*range(9), 11, *range(14, 32), *range(127, 133), *range(134, 160)])
_UNSEEN = (
    "script style template svg canvas iframe object embed audio video map button select textarea input datalist "
    "noscript noframes frameset rt rp del s strike progress meter"
).split()
_UNSEEN_CLASS = re.compile(
    r"(?:^|\s)(?:sr-only|visually-?hidden|screen-reader-text|screenreader|mw-editsection|mw-jump-link|"
    r"mw-cite-backlink|mw-empty-elt)(?:\s|$)",
    re.I,
)
_UNSEEN_STYLE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.I)
_FORMULA_CLASS = re.compile(r"mwe-math|\btex\b|latex|math", re.I)


def parse(content: bytes, source: str, charset: str = "") -> HtmlElement:
    """Return the tree of a page, as its author wrote it.

    Args:
        charset: as the server declares it; "" where it does not.

    Raises:
        ArticleError: it is too large, has too many elements, is nested too deep, or holds no element.
    """
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    if len(content) > MAX_BYTES_WITH_PICTURES:
        raise _bomb(source, f"has {len(content) / 1e6:.0f} MB", f"{MAX_BYTES_WITH_PICTURES // 1_000_000} MB")
    content = re.sub(rb"""(["'(])\s*data:[\w/+.;=,-]{0,100}[^"')\s<>]*""", rb"\1", content)
    if len(content) > MAX_BYTES:
        raise _bomb(source, f"has {len(content) / 1e6:.0f} MB", f"{MAX_BYTES // 1_000_000} MB")
    text = decode(content, charset).translate(_CONTROL)
    written = text.encode("utf-8", "replace")
    try:
        _survey(written, source)
    except ArticleError:
        # Pages of the nineties never close <font> and <center>; each then holds all that follows.
        written = re.sub(rb"</?(?:font|center|big|small|tt|nobr)\b[^<>]*>", b"", written, flags=re.I)
        _survey(written, source)
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = document_fromstring(written, parser=parser)
    except (etree.LxmlError, AssertionError, ValueError):
        tree = None
    if any(error.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for error in parser.error_log):
        raise _bomb(source, "has a stretch of text without a tag in it that is too long", "10 MB of it")
    if tree is None:
        raise without_text(source)
    return tree


def decode(content: bytes, charset: str = "") -> str:
    """Return a page's text: by its byte order mark, what the server or the page declares, else what the bytes say."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace")
    found = _DECLARED.search(re.sub(rb"<!--.*?-->", b"", content[:8192], flags=re.S))
    in_page = (found[1] or found[2]).decode("ascii") if found else ""
    for label in (charset, in_page):
        encoding = codec(label)
        if encoding.startswith(("utf-16", "utf-32")) and label == in_page:
            # So that it could be read at all, it is none of the two.
            encoding = "utf-8"
        if encoding:
            break
    if not encoding and content[:400].count(b"\x00") > 100:
        encoding = "utf-16-be" if content.startswith(b"\x00") else "utf-16-le"
    if encoding.startswith(_NOT_ASCII):
        return content.decode(encoding, "replace")
    try:
        # Bytes that are UTF-8 by chance are as good as never found, and a wrong declaration is common.
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        broken = error.start
    if encoding == "utf-8":
        lenient = content.decode("utf-8", "replace")
        # A page cut in a character, or with one comment of another encoding, is UTF-8 all the same.
        if 20 * lenient.count("\ufffd") <= sum(c > "\x7f" for c in lenient):
            return lenient
        encoding = ""
    if not encoding:
        encoding = _guess(content, broken)
    return content.decode(encoding, "replace")


def codec(label: str) -> str:
    """Return Python's name of what browsers take a declared encoding for; "" for none that is known."""
    try:
        name = codecs.lookup(label.strip()).name if label.strip() else ""
    except (LookupError, ValueError):
        return ""
    return _MEANT.get(name, name)


def clean(tree: HtmlElement) -> None:
    """Remove from a tree what no reader sees or what is not text: scripts, hidden parts, marks of notes.

    A formula stays once, as its TeX where the page has it.
    """
    _write_formulas(tree)
    _bound_spans(tree)
    for element in list(tree.iter(*_UNSEEN)):
        _drop(element)
    lengths = _lengths(tree)
    for element in list(tree.iter()):
        if not isinstance(element.tag, str) or element.tag in ("html", "body", "head"):
            continue
        # A page saved while a dialogue was open has all but the dialogue hidden.
        hidden = (_is_hidden(element) and 2 * lengths[element] < lengths[tree]) or _is_permalink(element)
        if hidden or (element.tag == "sup" and _is_mark(element)):
            _drop(element)
        elif element.tag == "q" and not (element.text or "").startswith(("“", "„", "«", '"', "»", "‚", "‘")):
            element.text = "“" + (element.text or "")
            element.tail = "”" + (element.tail or "")


def without_text(source: str) -> ArticleError:
    """Return the error for a page in which there is nothing to read."""
    return ArticleError(
        f"{source} is a web page without text, or one that only a script fills. Expected text in the page; open it in "
        "a browser, save it as a complete page, and give that file.",
        "page-without-text",
        path=source,
    )


class _Survey:
    """Counts what a tree would have, before it takes any memory."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._elements = self._depth = self._attributes = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._depth += 1
        self._attributes += len(attributes)
        if self._elements > MAX_ELEMENTS:
            raise _bomb(self._source, "has too many elements", f"{MAX_ELEMENTS} elements")
        if self._depth > MAX_DEPTH:
            raise _bomb(self._source, "is nested too deep", f"{MAX_DEPTH} levels")
        if len(attributes) > MAX_ATTRIBUTES or self._attributes > MAX_ATTRIBUTES_IN_ALL:
            raise _bomb(self._source, "has too many attributes", f"{MAX_ATTRIBUTES} attributes a tag")

    def end(self, tag: str) -> None:
        self._depth -= 1

    def close(self) -> None:
        return None


def _survey(written: bytes, source: str) -> None:
    from lxml import etree

    half = MAX_TAG_BYTES // 2
    for at in range(0, len(written) - half, half):
        if written.find(b">", at, at + half) < 0 and written.find(b"<", written.rfind(b">", 0, at) + 1, at + half) >= 0:
            raise _bomb(source, "has a tag without an end", f"{MAX_TAG_BYTES} bytes a tag")
    # It is looked through anew at each of its ends that is none.
    closed = written.rfind(b"-->")
    if 0 <= written.find(b"<!--", closed + 1) < len(written) - MAX_TAG_BYTES:
        raise _bomb(source, "has a comment without an end", f"{MAX_TAG_BYTES} bytes a comment")
    # In pieces, so that an error ends it: lxml reads a whole string to its end.
    parser: Any = etree.HTMLParser(target=_Survey(source), encoding="utf-8")
    until = monotonic() + MAX_SURVEY_SECONDS
    try:
        for at in range(0, len(written), 1 << 16):
            parser.feed(written[at : at + (1 << 16)])
            if monotonic() > until:
                raise _bomb(source, "takes too long", f"{MAX_SURVEY_SECONDS:.0f} seconds of parsing")
        parser.close()
    except etree.LxmlError:
        # No element at all; the tree's own parser will say so.
        return


def _bomb(source: str, found: str, most: str) -> ArticleError:
    return ArticleError(
        f"{source} {found}. Expected a web page with at most {most}; save the part that is needed as a file of its "
        "own.",
        "page-too-large",
        path=source,
        most=most,
    )


def _guess(content: bytes, broken: int) -> str:
    sample = content[max(0, broken - 2000) : broken + 60_000]
    words = re.sub(rb"<[^>]*>", b" ", sample)
    letters = len(re.findall(rb"[A-Za-z\x80-\xff]", words))
    foreign = len(re.findall(rb"[\x80-\xff]", words))
    # In languages written with Latin letters, few letters are beyond ASCII. Browsers take these for CP1252.
    if 3 * foreign < letters:
        return "cp1252"
    from charset_normalizer import from_bytes

    best = from_bytes(words).best()
    return best.encoding if best else "cp1252"


def _is_hidden(element: HtmlElement) -> bool:
    get = element.attrib.get
    return (
        "hidden" in element.attrib
        or get("aria-hidden") == "true"
        or bool(_UNSEEN_STYLE.search(get("style", "")[:_ATTRIBUTE]))
        or bool(_UNSEEN_CLASS.search(get("class", "")[:_ATTRIBUTE]))
    )


def _is_permalink(element: HtmlElement) -> bool:
    """Return whether a link only marks the heading or paragraph that it stands in: ¶, #, §, a picture of a chain."""
    around = element.getparent()
    return (
        element.tag == "a"
        and "#" in element.get("href", "")
        and around is not None
        and re.fullmatch(r"\s*[¶#§🔗⚓\u200b\ufe0f]{0,3}\s*", "".join(element.itertext())) is not None
    )


def _is_mark(element: HtmlElement) -> bool:
    """Return whether a raised text only leads to a note: [1], 3, *."""
    links = element.findall(".//a")
    text = "".join(element.itertext()).strip()
    return bool(
        re.fullmatch(r"[\[(]?[\w\s,*†‡§–-]{0,16}[\])]?", text)
        and (
            "reference" in element.get("class", "").split() or (links and all("#" in a.get("href", "") for a in links))
        )
        and sum(len("".join(a.itertext()).strip()) for a in links) >= len(text) - 2
    )


def _write_formulas(tree: HtmlElement) -> None:
    for element in list(tree.iter("math", "img")):
        if element.tag == "img":
            around = element.getparent()
            shown = _FORMULA_CLASS.search(element.get("class", "")) and element.get("alt", "")
            # The picture beside a formula says the same again.
            if not shown or (around is not None and around.find(".//span[@class='beleg-formula']") is not None):
                continue
            text = shown
        else:
            text = element.get("alttext", "")
            for note in list(element.iter("annotation", "annotation-xml")):
                if not text and "tex" in note.get("encoding", "").lower():
                    text = "".join(note.itertext())
                _drop(note)
            text = text or "".join(element.itertext())
        text = " ".join(text.split())
        inner = re.fullmatch(r"\{\\(?:displaystyle|textstyle|scriptstyle)\s*(.*?)\s*\}", text)
        tail, around = element.tail, element.getparent()
        element.clear()
        element.tag, element.text, element.tail = "span", inner[1] if inner else text, tail
        element.set("class", "beleg-formula")
        # Wikipedia and KaTeX hide the formula and show a picture of it, or letters put in their places.
        for _ in range(3):
            if around is None or around.tag not in ("span", "mjx-assistive-mml"):
                break
            for name in ("style", "aria-hidden", "hidden"):
                around.attrib.pop(name, None)
            around = around.getparent()


def _lengths(tree: HtmlElement) -> dict[HtmlElement, int]:
    """Return how much text is in each element."""
    lengths: dict[HtmlElement, int] = {}
    for element in reversed(list(tree.iter())):
        lengths[element] = len((element.text or "").strip()) + sum(
            lengths[child] + len((child.tail or "").strip()) for child in element
        )
    return lengths


def _bound_spans(tree: HtmlElement) -> None:
    """Remove what says that a cell covers others, if all of them together would be a table without end."""
    cells = [cell for cell in tree.iter("td", "th") if cell.get("rowspan") or cell.get("colspan")]
    covered = 0
    for cell in cells:
        spans = [cell.get(name, "1").strip() for name in ("rowspan", "colspan")]
        down, across = (int(span) if re.fullmatch(r"[0-9]{1,6}", span) else 1 for span in spans)
        covered += down * across
    if covered > _MAX_COVERED:
        for cell in cells:
            cell.attrib.pop("rowspan", None)
            cell.attrib.pop("colspan", None)


def _drop(element: HtmlElement) -> None:
    # Not `drop_tree`: it joins the text behind to the text before, which takes minutes where many follow one another.
    element.clear(keep_tail=True)
    element.tag = "span"
