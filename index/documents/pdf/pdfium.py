"""A PDF → its characters with boxes, or its pages as pictures, by pdfium; the only importer of pypdfium2.

Files from strangers may let pdfium hang, take all memory or crash, and it cannot be stopped from within; and it may not
be used by two threads. So this is a program of its own, which gets the file's bytes at standard input and writes
messages: a line of JSON, then as many bytes as the line's "bytes" says. `index.documents.pdf.pages` reads them.

With the argument "draw" a line that says how many bytes the file has comes before it, and lines such as
{"page": 1, "width": 800} after it: each is answered by a picture. `index.documents.pdf.drawing` asks.

Pages are measured in points from the upper left corner of the page as it is shown: cropped and rotated.
"""

from __future__ import annotations

import ctypes
import json
import math
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator
from typing import Any

# A page of a newspaper has 30,000 characters, the densest table that was met 20,000.
MAX_PAGE_CHARACTERS = 60_000
MAX_PAGE_OBJECTS = 200_000
MAX_RULES = 4_000
MAX_BOOKMARKS = 5_000
MAX_DEPTH = 12
MAX_TAGS = 20_000
MAX_FIELDS = 2_000
# Seconds of the processor: an ordinary page takes 0.02, a map of 200,000 lines 0.7.
PAGE_SECONDS = 1.4
# Memory beyond the file itself, in bytes: an ordinary file takes 30 MB.
MEMORY = 150_000_000
# To draw takes more of both: a scan in colours of 600 dpi is 100 MB of pixels. An ordinary page takes 0.06 s.
DRAWING_SECONDS = 6.0
DRAWING_MEMORY = 400_000_000
# Pixels of a picture: a page twice as wide as most screens.
MAX_PIXELS = 16_000_000
# How thick, in points, a filled rectangle may be to be a rule.
RULE_THICKNESS = 2.5
# Font flags (PDF 32000-1, table 123).
_FIXED_PITCH, _ITALIC, _FORCE_BOLD = 1, 64, 1 << 18
# What pdfium uses as long as the document is open.
_lasting: list[Any] = []


def main() -> int:
    """Read a PDF from standard input and write its messages; the exit status is 0 unless the process was stopped."""
    if sys.argv[1:] == ["draw"]:
        content = sys.stdin.buffer.read(json.loads(sys.stdin.buffer.readline())["bytes"])
        _limit_memory(DRAWING_MEMORY + 2 * len(content))
        seconds, answers = DRAWING_SECONDS, pictures(content, map(json.loads, sys.stdin.buffer))
    else:
        content = sys.stdin.buffer.read()
        _limit_memory(MEMORY + 2 * len(content))
        seconds, answers = PAGE_SECONDS, messages(content)
    _limit_time(seconds)
    for message, blob in answers:
        message["bytes"] = len(blob)
        sys.stdout.buffer.write(json.dumps(message).encode() + b"\n" + blob)
        sys.stdout.buffer.flush()
        _limit_time(seconds)
    return 0


def messages(content: bytes) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Yield the document's message, then one for each page; or one that has "error"."""
    pdfium, document, fields, error = _opened(content)
    if error:
        yield {"error": error}, b""
        return
    count = pdfium.FPDF_GetPageCount(document)
    yield {"pages": count, **_about(pdfium, document)}, b""
    for number in range(count):
        yield _page(pdfium, document, fields, number)


def pictures(content: bytes, asked: Iterable[dict[str, int]]) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Yield the document's message, with its pages' sizes in points; then a picture for each one that is asked for.

    Args:
        asked: "page", from 1, and "width", in pixels.
    """
    pdfium, document, fields, error = _opened(content)
    if error:
        yield {"error": error}, b""
        return
    size, sizes = pdfium.FS_SIZEF(), []
    for number in range(pdfium.FPDF_GetPageCount(document)):
        known = pdfium.FPDF_GetPageSizeByIndexF(document, number, size)
        sizes.append((round(size.width, 2), round(size.height, 2)) if known else (0.0, 0.0))
    yield {"sizes": sizes}, b""
    for wanted in asked:
        yield _picture(pdfium, document, fields, wanted["page"] - 1, wanted["width"])


def _opened(content: bytes) -> tuple[Any, Any, Any, str]:
    """Return pdfium, a document, the values of its form fields, and why it cannot be opened or ""."""
    import pypdfium2.raw as pdfium

    pdfium.FPDF_InitLibrary()
    document = pdfium.FPDF_LoadMemDocument64(content, len(content), None)
    if not document:
        code = pdfium.FPDF_GetLastError()
        locked = {pdfium.FPDF_ERR_PASSWORD: "password", pdfium.FPDF_ERR_SECURITY: "security"}
        return pdfium, None, None, locked.get(code, "damaged")
    settings = pdfium.FPDF_FORMFILLINFO(version=2)
    _lasting.extend((content, settings))
    return pdfium, document, pdfium.FPDFDOC_InitFormFillEnvironment(document, settings), ""


def _picture(pdfium: Any, document: Any, fields: Any, number: int, width: int) -> tuple[dict[str, Any], bytes]:
    """Return a page on white paper, three bytes a pixel (red, green, blue)."""
    page = pdfium.FPDF_LoadPage(document, number)
    if not page:
        return {"error": "damaged"}, b""
    wide, high = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
    scale = min(width / max(wide, 1), math.sqrt(MAX_PIXELS / max(wide * high, 1)))
    width, height = max(1, round(wide * scale)), max(1, round(high * scale))
    bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_BGR, None, 0)
    if not bitmap:
        return {"error": "damaged"}, b""
    pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
    flags = pdfium.FPDF_ANNOT | pdfium.FPDF_REVERSE_BYTE_ORDER
    pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, flags)
    if fields:
        pdfium.FPDF_FFLDraw(fields, bitmap, page, 0, 0, width, height, 0, flags)
    stride = pdfium.FPDFBitmap_GetStride(bitmap)
    pixels = ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), stride * height)
    pdfium.FPDFBitmap_Destroy(bitmap)
    pdfium.FPDF_ClosePage(page)
    return {"width": width, "height": height, "stride": stride}, pixels


def _limit_memory(most: int) -> None:
    """Let this process have so many bytes of its own, where the system can do that."""
    try:
        import resource
    except ImportError:
        return
    try:
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (most if hard < 0 else min(most, hard), hard))
    except (ValueError, OSError):
        return


def _limit_time(seconds: float) -> None:
    """Let the system end this process when the next page takes too long; Python cannot act while pdfium works."""
    import signal

    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _string(call: Callable[..., int], *arguments: Any) -> str:
    """Return what one of pdfium's functions writes as UTF-16."""
    size = call(*arguments, None, 0)
    if not 2 < size < 100_000:
        return ""
    buffer = ctypes.create_string_buffer(size)
    call(*arguments, buffer, size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace")


def _about(pdfium: Any, document: Any) -> dict[str, Any]:
    meta = {
        name.lower(): _string(pdfium.FPDF_GetMetaText, document, name.encode())
        for name in ("Title", "Author", "CreationDate", "Producer", "Creator")
    }
    language = _string(_wide(pdfium.FPDFCatalog_GetLanguage), document)
    return {**meta, "language": language, "bookmarks": _bookmarks(pdfium, document)}


def _bookmarks(pdfium: Any, document: Any) -> list[tuple[int, str, int]]:
    """Return the outline's entries: depth from 1, title, page from 1."""
    found: list[tuple[int, str, int]] = []
    # A damaged outline may be a circle.
    seen: set[int] = set()
    stack = [(1, pdfium.FPDFBookmark_GetFirstChild(document, None))]
    while stack and len(found) < MAX_BOOKMARKS:
        depth, mark = stack.pop()
        address = ctypes.addressof(mark.contents) if mark else 0
        if not mark or address in seen:
            continue
        seen.add(address)
        target = pdfium.FPDFBookmark_GetDest(document, mark)
        page = pdfium.FPDFDest_GetDestPageIndex(document, target) if target else -1
        found.append((depth, _string(pdfium.FPDFBookmark_GetTitle, mark), page + 1))
        stack.append((depth, pdfium.FPDFBookmark_GetNextSibling(document, mark)))
        if depth < MAX_DEPTH:
            stack.append((depth + 1, pdfium.FPDFBookmark_GetFirstChild(document, mark)))
    return found


class _Frame:
    """From a page's own coordinates to those of the page as it is shown."""

    def __init__(self, pdfium: Any, page: Any) -> None:
        box = pdfium.FS_RECTF()
        pdfium.FPDF_GetPageBoundingBox(page, box)
        self.left, self.right = sorted((box.left, box.right))
        self.bottom, self.top = sorted((box.bottom, box.top))
        self.turn = pdfium.FPDFPage_GetRotation(page) % 4
        self.width, self.height = self.right - self.left, self.top - self.bottom
        if self.turn % 2:
            self.width, self.height = self.height, self.width

    def point(self, x: float, y: float) -> tuple[float, float]:
        if self.turn == 0:
            return x - self.left, self.top - y
        if self.turn == 1:
            return y - self.bottom, x - self.left
        if self.turn == 2:
            return self.right - x, y - self.bottom
        return self.top - y, self.right - x

    def box(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        x, y = self.point(left, top)
        u, v = self.point(right, bottom)
        return min(x, u), min(y, v), max(x, u), max(y, v)


def _page(pdfium: Any, document: Any, fields: Any, number: int) -> tuple[dict[str, Any], bytes]:
    page = pdfium.FPDF_LoadPage(document, number)
    if not page:
        return {"page": number + 1, "error": "damaged"}, b""
    objects = pdfium.FPDFPage_CountObjects(page)
    if objects <= MAX_PAGE_OBJECTS:
        _widen(pdfium, page, objects)
    text = pdfium.FPDFText_LoadPage(page)
    try:
        if not text:
            return {"page": number + 1, "error": "damaged"}, b""
        count = pdfium.FPDFText_CountChars(text)
        if count > MAX_PAGE_CHARACTERS or objects > MAX_PAGE_OBJECTS:
            return {"page": number + 1, "error": "crowded", "characters": count, "objects": objects}, b""
        frame = _Frame(pdfium, page)
        tags = _tags(pdfium, page)
        message, blob = _characters(pdfium, text, max(0, count), frame, tags)
        rules, pictures = _drawings(pdfium, page, objects, frame)
        message |= {"page": number + 1, "width": frame.width, "height": frame.height, "objects": objects}
        values = _values(pdfium, page, fields, frame) if fields else []
        return message | {"rules": rules, "pictures": pictures, "values": values}, blob
    finally:
        pdfium.FPDFText_ClosePage(text)
        pdfium.FPDF_ClosePage(page)


def _widen(pdfium: Any, page: Any, objects: int) -> None:
    """Slant vertical text without glyphs by a hair: pdfium leaves out what has no width.

    Such is Japanese text whose font is neither in the file nor on this machine.
    """
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    for index in range(objects):
        held = pdfium.FPDFPage_GetObject(page, index)
        if pdfium.FPDFPageObj_GetType(held) == pdfium.FPDF_PAGEOBJ_TEXT and pdfium.FPDFPageObj_GetBounds(
            held, left, bottom, right, top
        ):
            wide, high = right.value - left.value, top.value - bottom.value
            if wide < 0.02 < high:
                slant = 0.05 / high
                pdfium.FPDFPageObj_Transform(held, 1, 0, slant, 1, -slant * bottom.value, 0)


def _values(pdfium: Any, page: Any, fields: Any, frame: _Frame) -> list[tuple[str, tuple[float, ...]]]:
    """Return what stands in the form fields of a page, and where."""
    found: list[tuple[str, tuple[float, ...]]] = []
    typed = (pdfium.FPDF_FORMFIELD_TEXTFIELD, pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX)
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page), MAX_FIELDS)):
        note = pdfium.FPDFPage_GetAnnot(page, index)
        if pdfium.FPDFAnnot_GetSubtype(note) == pdfium.FPDF_ANNOT_WIDGET:
            kind = pdfium.FPDFAnnot_GetFormFieldType(fields, note)
            value = ""
            if kind in typed:
                value = _string(_wide(pdfium.FPDFAnnot_GetFormFieldValue), fields, note)
            elif kind in (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON):
                value = "☒" if pdfium.FPDFAnnot_IsChecked(fields, note) else "☐"
            box = pdfium.FS_RECTF()
            if value.strip() and pdfium.FPDFAnnot_GetRect(note, box):
                found.append((value, frame.box(box.left, box.bottom, box.right, box.top)))
        pdfium.FPDFPage_CloseAnnot(note)
    return found


def _wide(call: Callable[..., int]) -> Callable[..., int]:
    """Return a function that takes an untyped buffer where pdfium's wants one of 16-bit numbers."""

    def with_cast(*arguments: Any) -> int:
        *rest, buffer, size = arguments
        cast = None if buffer is None else ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))
        return int(call(*rest, cast, size))

    return with_cast


def _tags(pdfium: Any, page: Any) -> dict[int, tuple[str, int]]:
    """Return the kind of the structure that each marked content belongs to, such as "H1", "P" and "TD", and its number.

    The number, from 1, tells two paragraphs or list items on the page apart; 0 is for none.
    """
    tree = pdfium.FPDF_StructTree_GetForPage(page)
    if not tree:
        return {}
    found: dict[int, tuple[str, int]] = {}
    visited = 0
    stack: list[tuple[Any, str, int, int]] = []
    for index in range(min(max(0, pdfium.FPDF_StructTree_CountChildren(tree)), MAX_TAGS)):
        stack.append((pdfium.FPDF_StructTree_GetChildAtIndex(tree, index), "", 0, 0))
    while stack and visited < MAX_TAGS:
        element, above, number, depth = stack.pop()
        visited += 1
        if not element or depth > 60:
            continue
        kind = _string(pdfium.FPDF_StructElement_GetType, element)
        # Spans and links are parts of a paragraph; a paragraph of a list item or a cell is that item or cell.
        if kind in ("Span", "Link", "Em", "Strong", "Reference", "Quote", "NonStruct", "Lbl", "") or (
            above and above not in _OUTER
        ):
            # An item of a list in an item is one of its own.
            number = visited if kind == "LI" else number
            kind = above or kind
        else:
            number = 0 if kind in _OUTER else visited
        for index in range(max(0, min(pdfium.FPDF_StructElement_CountChildren(element), MAX_TAGS))):
            content = pdfium.FPDF_StructElement_GetChildMarkedContentID(element, index)
            if content >= 0:
                found[content] = kind, number
            child = pdfium.FPDF_StructElement_GetChildAtIndex(element, index)
            if child:
                stack.append((child, kind, number, depth + 1))
    pdfium.FPDF_StructTree_Close(tree)
    return found


_OUTER = {"", "Document", "Part", "Art", "Sect", "Div", "TOC", "L", "Table", "TR", "THead", "TBody", "TFoot"}


def _characters(
    pdfium: Any, text: Any, count: int, frame: _Frame, tags: dict[int, tuple[str, int]]
) -> tuple[dict[str, Any], bytes]:
    codes, places, kinds = array("I"), array("f"), array("H")
    styles: list[list[Any]] = []
    by_object: dict[int, tuple[int, bool]] = {}
    by_style: dict[tuple[Any, ...], int] = {}
    unmapped = 0
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    box = tuple(ctypes.byref(value) for value in (left, right, bottom, top))
    x, y = ctypes.c_double(), ctypes.c_double()
    origin = ctypes.byref(x), ctypes.byref(y)
    get_unicode, get_object = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetTextObject
    get_box, get_origin = pdfium.FPDFText_GetCharBox, pdfium.FPDFText_GetCharOrigin
    # As a number, which a dictionary can hold; a pointer's object costs more than the call.
    get_object.restype = ctypes.c_void_p
    upright, at_left, at_top = frame.turn == 0, frame.left, frame.top
    known: tuple[int, bool] = (0, False)
    for index in range(count):
        code = get_unicode(text, index)
        address = get_object(text, index)
        if address:
            if address not in by_object:
                facts = _style(pdfium, text, index, ctypes.cast(address, pdfium.FPDF_PAGEOBJECT), frame, tags)
                number = by_style.setdefault(tuple(facts), len(styles))
                if number == len(styles):
                    styles.append(facts)
                # All of an object is in one font, and a font has a map or none.
                by_object[address] = number, pdfium.FPDFText_HasUnicodeMapError(text, index) == 1
            known = by_object[address]
            unmapped += known[1]
        elif not styles:
            styles.append(["", 0.0, 400, 0, 0.0, "", 0, 0])
        if address and get_box(text, index, *box) and get_origin(text, index, *origin):
            if upright:
                places.extend(
                    (
                        left.value - at_left,
                        at_top - top.value,
                        right.value - at_left,
                        at_top - bottom.value,
                        x.value - at_left,
                        at_top - y.value,
                    )
                )
            else:
                places.extend(frame.box(left.value, bottom.value, right.value, top.value))
                places.extend(frame.point(x.value, y.value))
        else:
            # A blank or line end that pdfium put in.
            places.extend((0.0, 0.0, 0.0, 0.0, math.nan, math.nan))
        codes.append(code if code < 0x110000 and not 0xD800 <= code < 0xE000 else 0xFFFD)
        kinds.append(min(known[0], 0xFFFF))
    message = {"characters": count, "styles": styles, "unmapped": unmapped}
    return message, codes.tobytes() + places.tobytes() + kinds.tobytes()


def _style(pdfium: Any, text: Any, index: int, held: Any, frame: _Frame, tags: dict[int, tuple[str, int]]) -> list[Any]:
    """Return a text object's font, size in points as shown, weight, flags, angle in degrees, tag, mode, tag number."""
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(text, index, matrix)
    size = pdfium.FPDFText_GetFontSize(text, index) * math.hypot(matrix.c, matrix.d)
    # Down the page is positive as shown; a page that is turned clockwise turns its text.
    angle = (math.degrees(math.atan2(-matrix.b, matrix.a)) + 90 * frame.turn) % 360
    font = pdfium.FPDFTextObj_GetFont(held)
    name, flags, weight = "", 0, 400
    if font:
        size_of = pdfium.FPDFFont_GetBaseFontName(font, None, 0)
        if 0 < size_of < 1_000:
            buffer = ctypes.create_string_buffer(size_of)
            pdfium.FPDFFont_GetBaseFontName(font, buffer, size_of)
            name = buffer.value.decode("utf-8", "replace")
        flags = max(0, pdfium.FPDFFont_GetFlags(font))
        weight = pdfium.FPDFFont_GetWeight(font)
    mark = pdfium.FPDFPageObj_GetMarkedContentID(held)
    tag, number = tags.get(mark, ("", 0)) if mark >= 0 else (_artifact(pdfium, held), 0)
    mode = pdfium.FPDFTextObj_GetTextRenderMode(held)
    return [name, round(size, 2), weight, flags, round(angle, 1), tag, mode, number]


def _artifact(pdfium: Any, held: Any) -> str:
    """Return "Artifact" for what the file itself marks as not part of the text: a running head, a page number."""
    for index in range(max(0, min(pdfium.FPDFPageObj_CountMarks(held), 8))):
        mark = pdfium.FPDFPageObj_GetMark(held, index)
        size = ctypes.c_ulong()
        buffer = (ctypes.c_ushort * 32)()
        if pdfium.FPDFPageObjMark_GetName(mark, buffer, 64, size):
            name = bytes(buffer)[: max(0, size.value - 2)].decode("utf-16-le", "replace")
            if name == "Artifact":
                return name
    return ""


def _drawings(
    pdfium: Any, page: Any, objects: int, frame: _Frame
) -> tuple[list[tuple[float, ...]], list[tuple[float, ...]]]:
    """Return the boxes of rules, straight and thin, and of pictures."""
    rules: list[tuple[float, ...]] = []
    pictures: list[tuple[float, ...]] = []
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    for index in range(objects):
        held = pdfium.FPDFPage_GetObject(page, index)
        kind = pdfium.FPDFPageObj_GetType(held)
        if kind not in (pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_IMAGE):
            continue
        if not pdfium.FPDFPageObj_GetBounds(held, left, bottom, right, top):
            continue
        box = tuple(round(v, 1) for v in frame.box(left.value, bottom.value, right.value, top.value))
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            pictures.append(box)
            continue
        wide, high = box[2] - box[0], box[3] - box[1]
        if len(rules) < MAX_RULES:
            if min(wide, high) <= RULE_THICKNESS and max(wide, high) > 8:
                rules.append(box)
            elif min(wide, high) > 8 and pdfium.FPDFPath_CountSegments(held) in (4, 5):
                # A rectangle around a cell, or behind it: its edges.
                x, y, u, v = box
                rules += [(x, y, u, y), (x, v, u, v), (x, y, x, v), (u, y, u, v)]
    return rules, pictures[:1_000]


if __name__ == "__main__":
    sys.exit(main())
