"""Who is asking: a user, a session, a network address."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Where a request's ASGI scope says who is logged in.
USER = "beleg.user"


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a request comes from.

    Attributes:
        user: who is logged in; None where nobody needs to be.
        session: the page's session, or that of Gradio's client; None for other programs.
        address: the network address, as `network_of` gives it.
    """

    user: str | None
    session: str | None
    address: str

    @classmethod
    def of_event(cls, request: Any) -> Caller:
        """Return who is behind a `gr.Request`."""
        client = request.client
        return cls(request.username, request.session_hash, network_of(client.host if client else ""))

    @classmethod
    def of_scope(cls, scope: Mapping[str, Any]) -> Caller:
        """Return who is behind an ASGI request."""
        client = scope.get("client")
        return cls(scope.get(USER), None, network_of(client[0] if client else ""))


def network_of(address: str) -> str:
    """Return what an address counts as: an IPv6 caller has a whole /64 to take addresses from."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def is_loopback(host: str) -> bool:
    """Whether what listens on this host can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
