"""Where a source listens: an address from the configuration, checked before anything is sent to it."""

import ipaddress
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeGuard

from miner_agent.text import LOG_LENGTH, clean_text, fits_in_header

Scheme = Literal["http", "https", "tcp", "file"]
HTTP_PORT, HTTPS_PORT = 80, 443

_HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Scheme, host and port of one source, and the token that it may be sent. No path, no user, no password.

    ``host`` is an IP address without brackets, or a name. The token is in no ``repr``, ``str`` or message. What is read
    from files has a directory on this machine in place of the port. ``fingerprint`` is the SHA-256 of the certificate
    that answers there, in small hexadecimal digits; ``None``: one that this machine trusts. ``socket_path`` is
    of a socket of this machine, by which it is reached in place of host and port.
    """

    scheme: Scheme
    host: str
    port: int
    token: str | None = field(default=None, repr=False)
    directory: str | None = None
    fingerprint: str | None = None
    socket_path: str | None = None

    def __post_init__(self) -> None:
        if self.fingerprint is not None and self.scheme != "https":
            raise ValueError(
                f"{self}: only https:// has a certificate; write https://HOST:PORT, or leave its fingerprint away"
            )
        if self.scheme == "file":
            if self.token is not None:
                raise ValueError(f"{self}: files are read without a token; leave token_file away")
            return
        if not 1 <= self.port <= 65_535:
            raise ValueError(f"{clean_text(self.host)}: port {self.port} is not between 1 and 65535")
        if self.token is not None and not fits_in_header(self.token):
            raise ValueError(f"{self}: its token is empty, or holds a blank or a character outside ASCII")

    @classmethod
    def parse(cls, address: str, *, default_scheme: str, default_port: int | None) -> "Endpoint":
        """The endpoint that ``address`` names, such as ``10.0.0.12``, ``rig7:4028`` or ``http://[fd00::7]:80``.

        Raises:
            ValueError: it is not one. The sentence shows no user, password, path or query.

        >>> str(Endpoint.parse("10.0.0.12", default_scheme="http", default_port=18080))
        'http://10.0.0.12:18080'
        """
        address = address.strip()
        scheme, separator, rest = address.partition("://")
        if not separator:
            scheme, rest = default_scheme, address
        scheme = scheme.lower()
        if scheme == default_scheme == "file":
            return cls(scheme="file", host="localhost", port=0, directory=_directory(rest))
        if not _is_scheme(scheme):
            raise ValueError(
                f"{clean_text(scheme)!r} is not a scheme that miners are asked by; expected http, https or tcp"
            )
        if "@" in rest:
            raise ValueError("an address takes no user and no password before its host; set a token instead")
        authority = rest.removesuffix("/")
        if found := re.search(r"[/?#\\]", authority):
            shown = clean_text(authority[: found.start()])
            raise ValueError(f"{shown}: an address ends with its port; leave out the path that follows")
        host, port = _host_and_port(authority)
        if port is None and scheme == "https":
            port = HTTPS_PORT
        if port is None:
            if default_port is None:
                raise ValueError(f"{host}: has no port; write HOST:PORT")
            port = default_port
        return cls(scheme=scheme, host=host, port=port)

    @property
    def authority(self) -> str:
        """Host and port as an URL and a ``Host`` header spell them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether what listens there is on this machine."""
        return _is_loopback(self.host)

    def __str__(self) -> str:
        if self.socket_path is not None:
            return f"unix:{clean_text(self.socket_path, length=LOG_LENGTH)}"
        return f"{self.scheme}://{self.authority if self.directory is None else self.directory}"


@lru_cache(maxsize=256)  # it is asked at each tick, of the same few
def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_scheme(scheme: str) -> TypeGuard[Literal["http", "https", "tcp"]]:
    return scheme in {"http", "https", "tcp"}


def _directory(text: str) -> str:
    if not text.startswith("/"):
        raise ValueError(
            f"{clean_text(text)!r} is not the whole path of a directory, such as file:///var/lib/p2pool/api"
        )
    if not text.isprintable():
        raise ValueError(f"{clean_text(text)!r} holds a character that does not print")
    return text.rstrip("/") or "/"


def _host_and_port(authority: str) -> tuple[str, int | None]:
    if authority.startswith("["):
        host, bracket, after = authority[1:].partition("]")
        if not bracket or (after and not after.startswith(":")):
            raise ValueError(f"{clean_text(authority)!r} is not [IPv6 address]:PORT")
        return _ip6_address(host), _port(after[1:], host) if after else None
    host, colon, port = authority.partition(":")
    if ":" in port:
        raise ValueError(f"{clean_text(authority)}: an IPv6 address stands in brackets, such as [::1]:4028")
    host = _host_name(host)
    return host, _port(port, host) if colon else None


def _ip6_address(text: str) -> str:
    try:
        return _without_zone(ipaddress.IPv6Address(text))
    except ValueError:
        raise ValueError(f"{clean_text(text)!r} is not an IPv6 address without a zone") from None


def _without_zone(address: ipaddress.IPv6Address) -> str:
    if address.scope_id is not None:
        raise ValueError
    return address.compressed


def _host_name(text: str) -> str:
    host = text.lower().removesuffix(".")
    if not host:
        raise ValueError("the address has no host")
    if not _HOST_NAME.fullmatch(host):
        raise ValueError(f"{clean_text(text)!r} is neither an IP address nor a host name")
    if not host.rpartition(".")[2].isdecimal():
        return host
    try:
        return str(ipaddress.IPv4Address(host))
    except ValueError:
        raise ValueError(f"{host} is not an IPv4 address; expected four numbers from 0 to 255") from None


def _port(text: str, host: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 5 and 1 <= int(text) <= 65_535):
        raise ValueError(f"{clean_text(host)}: port {clean_text(text)!r} is not a number between 1 and 65535")
    return int(text)
