"""Who may read: requests of pages on other sites, ports and names are refused, whatever a browser sends along.

A browser lets any page send requests anywhere. It says where a page comes from by `Sec-Fetch-Site`, where the server is
reached over TLS or on this machine, and else by `Origin`, with each request whose answer the page could read and each
that changes something. What carries neither is a link, a picture or a script: the answer is not the page's to read.

A page can also give its own name our address (DNS rebinding). The browser then takes the page for ours, and says the
page's name as `Host`.
"""

from __future__ import annotations

import ipaddress
import socket
from collections import OrderedDict
from collections.abc import Iterable

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from index.errors import BelegError
from ui.web.auth import refusal

# They mean this machine in every browser, whatever a name server says (RFC 6761).
LOCAL = ("localhost", ".localhost")
# Of so many sessions and results it is remembered whose they are: of more than Gradio keeps.
MOST_SESSIONS = 20_000


class OwnPages:
    """ASGI middleware: refuses with 403 what another site's page asks for, and with 421 what has a foreign `Host`.

    Args:
        host: the address that is listened on; it may be asked for by its own name, and by this machine's.
        allowed: other names of this server, such as a proxy's: "beleg.example", or "beleg.example:8443" where it is
            reached at that port.
        login: whether a login is needed. Then any name will do: under a foreign one a browser has no cookie of ours.
    """

    def __init__(self, app: ASGIApp, host: str, allowed: Iterable[str], *, login: bool) -> None:
        self._app, self._any_name = app, login
        self._allowed = {one.lower().rstrip(".") for one in allowed}
        named = {_host_of(one) for one in self._allowed}
        self._names = named | {host.lower(), socket.gethostname().lower()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http":
            request = Request(scope)
            if not self._any_name and not self._is_ours(request.headers.get("host", "")):
                name = request.headers.get("host", "")
                said = (
                    f"{name!r} is no name of this server. Expected an address of its machine; for another name: "
                    "beleg chat --allow-host NAME"
                )
                answer = refusal(request, 421, BelegError(said, "host-not-allowed", name=name[:100]))
                return await answer(scope, receive, send)
            if self._is_foreign(request):
                said = "Another site's page asked for this. Expected a click on this page."
                return await refusal(request, 403, BelegError(said, "foreign-page"))(scope, receive, send)
        await self._app(scope, receive, send)

    def _is_ours(self, netloc: str) -> bool:
        name = _host_of(netloc.lower())
        if name in self._names or name == LOCAL[0] or name.endswith(LOCAL[1]):
            return True
        try:
            # An attacker's page has a name: an address is only found where that address is.
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _is_foreign(self, request: Request) -> bool:
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        if site is not None:
            # A link may lead here: the page that it is on does not see where it leads.
            is_link = request.headers.get("sec-fetch-mode") == "navigate" and request.method in ("GET", "HEAD")
            return site not in ("same-origin", "none") and not is_link
        if origin is None:
            return False
        netloc = origin.lower().partition("://")[2]
        return netloc not in self._allowed and netloc != request.headers.get("host", "").lower()


def _host_of(netloc: str) -> str:
    """Return the name or address in "name:port", "[::1]:port" or without a port."""
    if netloc.startswith("["):
        return netloc[1:].partition("]")[0]
    return netloc.partition(":")[0].rstrip(".")


class SessionOwners:
    """Remembers which user a session of Gradio's is, and whose a result. Whoever else names it is refused.

    Gradio takes the name that a page has made up for its session as all that it needs to see the conversation.
    """

    def __init__(self) -> None:
        self._users: OrderedDict[str, str] = OrderedDict()

    def claim(self, name: str, user: str) -> bool:
        """Note that a session or result is a user's; False where it is another's already."""
        if self._users.setdefault(name, user) != user:
            return False
        self._users.move_to_end(name)
        while len(self._users) > MOST_SESSIONS:
            self._users.popitem(last=False)
        return True

    def admits(self, name: str, user: str) -> bool:
        """Return whether a user may name this; what nobody has claimed, anybody may."""
        return self._users.get(name, user) == user
