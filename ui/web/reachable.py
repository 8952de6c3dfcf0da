"""Where other machines find a server that listens on every address of this one."""

from __future__ import annotations

import ipaddress
import socket

# Of RFC 5737 and RFC 3849, for documentation: choosing the way there sends nothing.
_ELSEWHERE = {4: (socket.AF_INET, "192.0.2.1"), 6: (socket.AF_INET6, "2001:db8::1")}


def urls_from_elsewhere(host: str, port: int) -> list[str]:
    """Return the addresses to type on another machine, by number first; none where `host` is one address itself."""
    try:
        everywhere = ipaddress.ip_address(host)
    except ValueError:
        return []
    if not everywhere.is_unspecified:
        return []
    found = [_own_address(*_ELSEWHERE[everywhere.version])]
    if everywhere.version == 4:
        # What listens on :: answers IPv6 only, and a local name mostly means an IPv4 address.
        found.append(socket.gethostname())
    return [f"http://{one}:{port}/" for one in found if one not in ("", "localhost")]


def _own_address(family: socket.AddressFamily, there: str) -> str:
    """Return the address that this machine would call another from, as a URL has it; "" where there is no way."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((there, 9))
            address = ipaddress.ip_address(probe.getsockname()[0].partition("%")[0])
    except OSError:
        return ""
    if address.is_loopback or address.is_link_local or address.is_unspecified:
        return ""
    return f"[{address}]" if address.version == 6 else str(address)
