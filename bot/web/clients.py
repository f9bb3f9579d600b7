"""Whose request it is: the address that limits go by."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from aiohttp import web

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_SITE_BITS = 64
"""Of an IPv6 address: what one customer gets, who has all addresses in it."""

_FORWARDED = ("X-Forwarded-For", "Forwarded")

CLIENT = web.RequestKey("client", str)
"""What a request's client is counted as."""

LOCAL = web.RequestKey("local", bool)
"""Whether a request comes from this machine, and for nobody else."""

WELCOME = web.RequestKey("welcome", bool)
"""Set on a request that has proven to come from whom it is for: no limit counts it."""

NOBODY = IPv6Address(0)
"""In the place of an address that can't be told."""


class Clients:
    """Tells clients apart. A proxy in the `trusted` networks is believed whom it forwards for, nobody else is."""

    def __init__(self, trusted: Sequence[Network] = ()) -> None:
        self._trusted = trusted

    def trusts(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)

    def of(self, request: web.BaseRequest) -> Address:
        """The peer; where that is a trusted proxy, the rightmost hop of X-Forwarded-For that isn't one. What stands to
        the left of it, or can't be read, anybody may have written."""
        address = peer_address(request.remote)
        hops = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")
        while self.trusts(address) and hops and (hop := _address(hops.pop())):
            address = hop
        return address

    def is_local(self, request: web.BaseRequest) -> bool:
        """Whether it comes from this machine, and for nobody else."""
        peer = peer_address(request.remote)
        own = request.get_extra_info("sockname")
        here = peer.is_loopback or (own is not None and peer == peer_address(own[0]))
        return here and not any(each in request.headers for each in _FORWARDED)


def peer_address(host: str | None) -> Address:
    """Of a socket's end, without the zone of a link-local one."""
    return _address((host or "").partition("%")[0]) or NOBODY


def counted_as(address: Address) -> str:
    """What limits know it by: an IPv6 address is one with its whole /64."""
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _SITE_BITS), strict=False))
    return str(address)


def _address(written: str) -> Address | None:
    """An IPv4 address that is written as an IPv6 one, as sockets for both have it, is an IPv4 address."""
    try:
        address = ip_address(written.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
