"""Which hosts may be asked for bytes: an allow-list of host names, with `*` wildcards."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from ipaddress import ip_address
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether the host name or address can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """Patterns such as `cdn.discordapp.com` or `*.replicate.delivery`; case doesn't matter, ports don't either."""

    patterns: tuple[str, ...]

    @classmethod
    def parse(cls, listed: str) -> "AllowedHosts":
        """From a comma-separated list. An entry may carry a port, which is dropped: it is the host that is trusted."""
        entries = (entry.strip().lower() for entry in listed.split(","))
        return cls(tuple(urlsplit(f"//{entry}").hostname or entry for entry in entries if entry))

    def allow(self, url: str) -> bool:
        """Whether the URL may be fetched: https on an allowed host, or plain http where that host is the loopback."""
        try:
            parts = urlsplit(url)
            host = parts.hostname
            _ = parts.port  # a ValueError where it is no port
        except ValueError:
            return False
        if not host or parts.username is not None or parts.password is not None:
            return False
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
            return False
        return any(fnmatchcase(host, pattern) for pattern in self.patterns)
