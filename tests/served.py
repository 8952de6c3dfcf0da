"""An archive that is larger than what one question looks at, and a Milvus Lite server, for tests of served indexes."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index import Article, bundled_article
from rag.settings import Settings
from tests.small_set import BREAD, TOWER

WITHOUT_EXTRA = "needs the extra: pip install 'beleg[cluster]'"
# So few passages are looked at that most of the archive is not fetched for a question.
SETTINGS = Settings(pool_passages=12, candidate_passages=8)
_TOWNS = (
    "Quistrup Fährmann Ostheim Lindau Kappeln Merwick Brügge Salzach Tönning Warnow Eldena Harkort Wismut Neuwerk Altona "
    "Bergen Dornbusch Elmshorn Fehmarn Glückstadt"
).split()
_RIVERS = "Weser Eider Trave Stör Peene".split()


def archive() -> list[Article]:
    """Return some sixty articles in two languages: towns that are told apart by their names, and three real texts."""
    articles = [bundled_article(), BREAD, TOWER]
    for number, town in enumerate(_TOWNS):
        river, year = _RIVERS[number % len(_RIVERS)], 1200 + 17 * number
        articles += [
            Article.read(
                f"# {town}\n\n{town} liegt an der {river}. Die Stadt wurde {year} gegründet.\n\n## Markt\n\n"
                f"Der Markt ist an {number % 5 + 1} Tagen der Woche geöffnet. Er beginnt um {number % 4 + 6} Uhr.\n\n"
                f"## Museum\n\nDer Eintritt kostet {number + 3} Euro. Das Museum zeigt Schiffe von der {river}.\n",
                title=f"Stadtführer {town}",
                language="de",
                source=f"de/{town}.md",
                date=f"{2010 + number % 6}-05-01",
                author="Anna Huber" if number % 2 else "",
            ),
            Article.read(
                f"The harbour of {town} was dug in {year + 300}. It is {number + 4} metres deep, and {number + 12} "
                f"fishing boats lie there. The lighthouse of {town} is {20 + number} metres high. The harbour master's "
                "office opens at eight.",
                title=f"Harbour of {town}",
                language="en",
                source=f"en/{town}.txt",
                date=f"{2010 + number % 6}-06-01",
            ),
            Article.read(
                f"Das Krankenhaus {town} hat {100 + 7 * number} Betten. Besucher kommen von 14 bis {17 + number % 4} Uhr. "
                f"Der Bus {number + 30} hält vor dem Eingang.",
                language="de",
                source=f"de/haus-{town}.txt",
            ),
        ]
    return articles


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def milvus_lite_server(folder: Path, port: int = 0) -> Iterator[str]:
    """Start a Milvus Lite server, as several processes need one, and yield its address."""
    pytest.importorskip("milvus_lite", reason=WITHOUT_EXTRA)
    port = port or free_port()
    command = [sys.executable, "-m", "milvus_lite", "server", "--data-dir", str(folder), "--host", "127.0.0.1"]
    server = subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()
