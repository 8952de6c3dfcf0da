"""Serves the web chat: to this machine only unless asked, and without a request to any other."""

from __future__ import annotations

import errno
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from index import BelegError
from rag.feedback import FeedbackFile
from ui.texts import Language
from ui.web.access import Access, may_enter
from ui.web.assets import page_head, page_script
from ui.web.callers import is_loopback
from ui.web.endpoints import Endpoints
from ui.web.health import HealthEndpoint, Readiness
from ui.web.limits import Limits, default_limits
from ui.web.login_page import LoginPage, login_message
from ui.web.logins import open_logins
from ui.web.mcp_server import McpEndpoint, mcp_is_installed, mcp_server
from ui.web.own_uploads import OwnUploads
from ui.web.page import build_app
from ui.web.page_card import PageCard
from ui.web.policy import StayLocal
from ui.web.question_limit import QuestionLimit
from ui.web.queue_full import QueueFull
from ui.web.reachable import urls_from_elsewhere

if TYPE_CHECKING:
    import gradio as gr

    from rag import Assistant

PORTS_TRIED = 100
SYSTEM_FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Arial", "sans-serif")
OPEN_TO_ALL = (
    "Anyone who reaches this machine may read its articles and ask: it listens on {host}, without login. "
    "To let in whom you know: beleg user add NAME, then beleg chat --login --host {host}"
)


def launch(
    assistant: Assistant,
    host: str = "127.0.0.1",
    port: int = 7860,
    open_browser: bool = False,
    *,
    examples: Mapping[Language, Sequence[str]] | None = None,
    users: str | Path | None = None,
    limits: Limits | None = None,
    feedback: Path | None = None,
    block: bool = True,
    say: Callable[[str], object] = print,
) -> gr.Blocks:
    """Serve the web chat and, with `block`, return only when it was stopped by Ctrl-C.

    Args:
        assistant: answers the questions.
        host: the address to listen on; the default can be reached from this machine only.
        port: the first port to try; when it is taken, the next free one is used and said. 0 takes any.
        open_browser: open the page in the user's browser.
        examples: as for `build_app`.
        users: a users file, as `beleg user add` writes it: only they are let in, by name and password. None: anyone.
        limits: how much anyone may ask; None: as much as they like on this machine alone without login, else `SHARED`.
        feedback: the file that keeps what users say of answers; None shows no thumbs.
        block: False returns the served Blocks at once: `local_url` is its address, `close()` ends it.
        say: takes the lines meant for the user.

    Raises:
        BelegError: no port from `port` on is free, `host` is no address of this machine, or the users file or the file
            of feedback cannot be used.
    """
    limits = limits or default_limits(host, login=users is not None)
    limit = QuestionLimit(limits)
    logins = open_logins(Path(users), limits) if users is not None else None
    if logins is None and not is_loopback(host):
        say(OPEN_TO_ALL.format(host=host))
    free = _free_port(host, port)
    if port not in (0, free):
        say(f"Port {port} is taken; using {free}.")
    app = build_app(assistant, examples, limit, FeedbackFile(feedback) if feedback else None)
    app.queue(max_size=limits.waiting)
    import gradio as gr
    from starlette.middleware import Middleware

    readiness = Readiness(assistant)
    middleware = [Middleware(StayLocal, own_script=page_script()), Middleware(HealthEndpoint, readiness=readiness)]
    middleware.append(Middleware(PageCard))
    if logins:
        middleware += [Middleware(Access, logins=logins), Middleware(LoginPage)]
    middleware += [Middleware(OwnUploads, most_bytes=limits.upload_bytes), Middleware(QueueFull)]
    if mcp_is_installed():
        # Behind what puts TLS in front, requests name another host; a page elsewhere has no login.
        server = mcp_server(Endpoints(assistant), "" if logins else host, limit)
        middleware.append(Middleware(McpEndpoint, server=server))

    with _loopback_without_proxy():
        app.launch(
            # As Gradio wants an IPv6 address: it writes it into URLs as it is.
            server_name=f"[{host}]" if ":" in host else host,
            server_port=free,
            inbrowser=open_browser,
            prevent_thread_lock=True,
            quiet=True,
            share=False,
            inline=False,
            ssr_mode=False,
            run_history=False,
            enable_monitoring=False,
            mcp_server=False,
            max_file_size=limits.upload_bytes,
            auth=may_enter(logins) if logins else None,
            auth_message=login_message(),
            footer_links=[],
            theme=gr.themes.Base(font=list(SYSTEM_FONTS), font_mono=["ui-monospace", "monospace"]),
            # Not css=, which Gradio rewrites so that each rule stands twice.
            head=page_head(),
            app_kwargs={"middleware": middleware},
        )
    threading.Thread(target=readiness.warm_up, name="warm up", daemon=True).start()
    say(f"Beleg: {app.local_url}")
    if elsewhere := urls_from_elsewhere(host, free):
        say(f"From other machines, where the firewall lets them: {' or '.join(elsewhere)}")
    if block:
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass
        finally:
            app.close(verbose=False)
    return app


def _free_port(host: str, first: int) -> int:
    for port in range(first, min(first + PORTS_TRIED, 65536)):
        try:
            family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            with socket.socket(family) as probe:
                if os.name == "posix":
                    # As the server will; elsewhere it would let two servers share a port.
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
                return int(probe.getsockname()[1])
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise BelegError(f"cannot listen on {host!r}. Expected an address of this machine.") from error
    raise BelegError(f"no port from {first} to {port} is free on {host}. Name another with --port.")


@contextmanager
def _loopback_without_proxy() -> Iterator[None]:
    """While Gradio asks its own server whether it is up, keep that request from a company's proxy."""
    before = {name: os.environ.get(name) for name in ("NO_PROXY", "no_proxy")}
    spared = ",".join(filter(None, [*before.values(), "localhost", "127.0.0.1"]))
    os.environ.update(dict.fromkeys(before, spared))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
