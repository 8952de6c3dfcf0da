"""Pages of PDFs as pictures: drawn when they are looked at, kept within bounds, and shown to whoever may see them.

    GET /page/KEY           the sizes of all pages, in points
    GET /page/KEY/NUMBER    one page, `?width=` so many pixels wide

A key is a served article's id, or the secret one of a session's own original.
"""

from __future__ import annotations

import asyncio
import base64
import io
import threading
import time
import weakref
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal, TypeVar

from PIL import Image
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from index.article import Article
from index.documents.pdf.drawing import Drawing, Picture, not_drawn
from index.errors import ArticleError, BelegError
from rag.answer import Citation, Turn
from ui.export.data import ExportedPage, marks_on
from ui.parts import is_quoted
from ui.web.auth import refusal
from ui.web.limits import USER, Caller
from ui.web.originals import Original, Originals, ServedOriginal
from ui.web.uploads import sender_of

# Widths that are drawn, in pixels: of a thumbnail, and up to a page across a large screen. Few, so that they are found
# again.
WIDTHS = (160, 320, 640, 960, 1280, 1600, 2000, 2600)
# Each is a process with a PDF in its memory. Two more wait for their next page. Nobody takes all places.
DRAWN_AT_ONCE, OF_ONE_AT_ONCE = 3, 2
KEPT_OPEN, OPEN_SECONDS = 2, 60
# Bytes of pictures that are kept: some 200 pages.
KEPT_BYTES = 64 * 2**20
# Pages that may wait to be drawn, of one user or address, and of all. A page in view asks for two or three.
MOST_OF_ONE, MOST_OF_ALL = 24, 96
# Of an export's pictures: wide enough to be read, and how many at most.
EXPORTED_WIDTH, MOST_EXPORTED = 1280, 100
# Pages that are known to be too much.
MOST_REFUSED = 1000
# A browser may keep what it shows: an address names one content.
_CACHED = {"Cache-Control": "private, max-age=3600", "Cross-Origin-Resource-Policy": "same-origin"}

Found = TypeVar("Found")


class Pages:
    """Draws the pages of originals. Threads may share one.

    Args:
        originals: finds what a key names.

    Attributes:
        originals: the same.
    """

    def __init__(self, originals: Originals) -> None:
        self.originals = originals
        self._pool = ThreadPoolExecutor(DRAWN_AT_ONCE, thread_name_prefix="page")
        self._lock = threading.Lock()
        # What waits for its next page: the PDF's sha256, its process, and since when; the latest last.
        self._open: list[tuple[str, Drawing, float]] = []
        self._pictures: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self._bytes = 0
        self._sizes: OrderedDict[str, list[tuple[float, float]]] = OrderedDict()
        self._waiting: Counter[str] = Counter()
        self._places: dict[str, asyncio.Semaphore] = {}
        self._running: weakref.WeakSet[Drawing] = weakref.WeakSet()
        # Pages that could not be drawn are not tried again.
        self._refused: OrderedDict[tuple[str, int], None] = OrderedDict()
        self._is_closed = False

    def routes(self) -> list[Route]:
        """Return the routes of the addresses above."""

        async def sizes(request: Request) -> Response:
            found = await self._answer(request, lambda original: self.sizes(original))
            return found if isinstance(found, Response) else JSONResponse({"sizes": found}, headers=_CACHED)

        async def picture(request: Request) -> Response:
            number, width = request.path_params["number"], request.query_params.get("width", "")
            wanted = int(width) if width.isascii() and width.isdigit() and len(width) < 6 else 0
            found = await self._answer(request, lambda original: self.picture(original, number, wanted))
            if isinstance(found, Response):
                return found
            media_type = "image/png" if is_png(found) else "image/jpeg"
            return Response(found, media_type=media_type, headers=_CACHED)

        return [Route("/page/{key}", sizes), Route("/page/{key}/{number:int}", picture)]

    async def _answer(self, request: Request, draw: Callable[[Original | ServedOriginal], Found]) -> Found | Response:
        """Return what is drawn of the original that a request names, or the answer that says why not."""
        original = self.originals.find(request.path_params["key"], sender_of(request))
        if original is None:
            said = "There are no such pages here any more. Add the document again, or load the page anew."
            return refusal(request, 404, BelegError(said, "pages-unknown"))
        who = request.scope.get(USER) or Caller.of_scope(request.scope).address
        if self._waiting[who] >= MOST_OF_ONE or self._waiting.total() >= MOST_OF_ALL:
            said = "Too many pages are asked for at once. Wait a second."
            return refusal(request, 503, BelegError(said, "pages-too-many"), {"Retry-After": "1"})
        self._waiting[who] += 1
        try:
            async with self._places.setdefault(who, asyncio.Semaphore(OF_ONE_AT_ONCE)):
                return await asyncio.get_running_loop().run_in_executor(self._pool, draw, original)
        except ArticleError as error:
            status = 422 if error.code == "pdf-page-not-drawn" else 410
            return refusal(request, status, error)
        finally:
            self._waiting[who] -= 1
            if not self._waiting[who]:
                del self._waiting[who], self._places[who]

    def sizes(self, original: Original | ServedOriginal) -> list[tuple[float, float]]:
        """Return the width and height of each page, in points.

        Raises:
            ArticleError: the file is not there any more as it was read, or cannot be drawn.
        """
        if isinstance(original, ServedOriginal):
            original.check()
        with self._lock:
            if found := self._sizes.get(original.sha256):
                return found
        drawing = self._opened(original)
        self._put_back(original.sha256, drawing)
        return drawing.sizes

    def picture(self, original: Original | ServedOriginal, number: int, width: int) -> bytes:
        """Return a page, counted from 1, as PNG or JPEG, in the next larger of WIDTHS.

        Raises:
            ArticleError: as `sizes` does; or there is no such page.
        """
        width = next((one for one in WIDTHS if one >= width), WIDTHS[-1])
        key = (original.sha256, number, width)
        if isinstance(original, ServedOriginal):
            original.check()
        with self._lock:
            if found := self._pictures.get(key):
                self._pictures.move_to_end(key)
                return found
            if key[:2] in self._refused:
                raise not_drawn(number)
        drawing = self._opened(original)
        try:
            picture = drawing.draw(number, width)
        except ArticleError:
            with self._lock:
                self._refused[key[:2]] = None
                while len(self._refused) > MOST_REFUSED:
                    self._refused.popitem(last=False)
            raise
        self._put_back(original.sha256, drawing)
        encoded = encode(picture)
        with self._lock:
            self._bytes += len(encoded) - len(self._pictures.pop(key, b""))
            self._pictures[key] = encoded
            while self._bytes > KEPT_BYTES:
                self._bytes -= len(self._pictures.popitem(last=False)[1])
        return encoded

    def _opened(self, original: Original | ServedOriginal) -> Drawing:
        with self._lock:
            for place, (sha256, drawing, _) in enumerate(self._open):
                if sha256 == original.sha256 and drawing.runs:
                    del self._open[place]
                    return drawing
        drawing = Drawing(original.content(), self._running.add)
        with self._lock:
            self._sizes[original.sha256] = drawing.sizes
            while len(self._sizes) > 100:
                self._sizes.popitem(last=False)
        return drawing

    def _put_back(self, sha256: str, drawing: Drawing) -> None:
        with self._lock:
            self._open.append((sha256, drawing, time.monotonic()))
            most = 0 if self._is_closed else KEPT_OPEN
            over, self._open = self._open[: len(self._open) - most], self._open[len(self._open) - most :]
        for _, one, _ in over:
            one.close()

    def close_unused(self) -> None:
        """End the processes that nobody has asked for a while, and forget the pictures of originals that are gone."""
        oldest = time.monotonic() - OPEN_SECONDS
        with self._lock:
            over = [one for one in self._open if one[2] < oldest]
            self._open = [one for one in self._open if one[2] >= oldest]
            there = self.originals.sha256s()
            for key in [key for key in self._pictures if key[0] not in there]:
                self._bytes -= len(self._pictures.pop(key))
        for _, drawing, _ in over:
            drawing.close()

    def close(self) -> None:
        """End all processes; no page is drawn any more."""
        self._is_closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)
        # Python waits for its threads when it ends.
        for drawing in list(self._running):
            drawing.close()


def exported_pages(
    pages: Pages, turns: Sequence[Turn], articles: Mapping[str, Article], own: Mapping[str, Original]
) -> tuple[list[ExportedPage], list[BelegError]]:
    """Return pictures of the pages that a conversation cites, for its export, and why some are missing.

    Args:
        articles: those that the turns cite, by id.
        own: the originals of the session's own, likewise.
    """
    cited: dict[str, list[Citation]] = {}
    for turn in turns:
        for one in turn.answer.citations if turn.answer and is_quoted(turn.answer) else ():
            cited.setdefault(one.article_id, []).append(one)
    found: list[ExportedPage] = []
    errors: dict[str, BelegError] = {}
    for article_id, citations in cited.items():
        numbers = {box.page for one in citations if one.place for box in one.place.boxes}
        original = own.get(article_id) or pages.originals.find(article_id, None)
        for number in sorted(numbers):
            if original is None or len(found) >= MOST_EXPORTED:
                said = "There are no such pages here any more. Add the document again, or load the page anew."
                errors["pages-unknown"] = BelegError(said, "pages-unknown")
                break
            try:
                picture = pages.picture(original, number, EXPORTED_WIDTH)
                width, height = pages.sizes(original)[number - 1]
            except ArticleError as error:
                errors[error.code] = error
                continue
            kind: Literal["png", "jpeg"] = "png" if is_png(picture) else "jpeg"
            marks = marks_on(number, citations, articles[article_id])
            drawn = base64.b64encode(picture).decode()
            found.append(ExportedPage(article_id, number, float(width), float(height), kind, drawn, marks))
    return found, list(errors.values())


def is_png(picture: bytes) -> bool:
    """Return whether a picture is a PNG, and not a JPEG."""
    return picture.startswith(b"\x89PNG")


def encode(picture: Picture) -> bytes:
    """Return a picture as PNG where it is grey, as text is; else as JPEG, which is written five times as fast."""
    image = Image.frombuffer("RGB", (picture.width, picture.height), picture.pixels, "raw", "RGB", picture.stride, 1)
    out = io.BytesIO()
    red, green, blue = (band.tobytes() for band in image.split())
    if red == green == blue:
        image.getchannel("R").save(out, "PNG", compress_level=4)
    else:
        image.save(out, "JPEG", quality=90, subsampling=0)
    return out.getvalue()
